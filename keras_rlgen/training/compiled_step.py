import keras
import tensorflow as tf


class CompiledStep:
    """A step of training on the next batch of an iterator, by one call of a graph.

    Keras wraps the result in an optional, which takes two more calls to open, and each
    log and the fault of the step are read by a call too. For a small network that is a
    quarter of a step. Here one vector holds them all.

    Args:
        step: Function of a batch that returns a dict of tensors, such as `train_step`.
        health: The `HealthMonitor` of the step.
        strategy: The `tf.distribute.Strategy` of the step, with one replica.
        jit_compile: Whether XLA compiles the step.

    Call arguments:
        iterator: Iterator of a `tf.data.Dataset`.

    Call returns:
        Dict of floats, and of tensors where a log is no scalar.

    Raises:
        tf.errors.OutOfRangeError: If there is no further batch.
        Exception: The fault of the step, if there is one.
    """

    def __init__(self, step, health, strategy, jit_compile):
        self._step = tf.function(
            lambda batch: strategy.run(step, args=(batch,)),
            reduce_retracing=True,
            autograph=False,
            jit_compile=jit_compile,
        )
        self._health = health
        self._names = []
        self._call = tf.function(self._next, reduce_retracing=True, autograph=False)

    def __call__(self, iterator):
        scalars, others = self._call(iterator)
        *values, fault = scalars.numpy().tolist()
        self._health.raise_fault(int(fault))
        return {**dict(zip(self._names, values, strict=True)), **others}

    def _next(self, iterator):
        # What is missing in batches of a `PyDataset` is an optional, as in Keras.
        batch = keras.tree.map_structure(
            lambda x: None if isinstance(x, tf.experimental.Optional) else x,
            iterator.get_next(),
        )
        logs = self._step(batch)
        scalars = {name: x for name, x in logs.items() if x.shape.rank == 0}
        others = {name: x for name, x in logs.items() if name not in scalars}
        self._names = list(scalars)
        # Double precision holds every float32, and the number of every fault.
        values = [*scalars.values(), self._health.fault()]
        return tf.stack([tf.cast(x, tf.float64) for x in values]), others
