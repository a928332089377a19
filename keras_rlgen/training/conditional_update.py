"""Updates of weights under a condition, or several times, inside a graph."""

import tensorflow as tf


def run_if(condition, update):
    """Runs `update` if `condition` holds, inside a training step.

    Like `tf.cond`, but for optimizer updates, which under a `tf.distribute` strategy
    need the cross-replica context. A branch within a replica has none, so this one
    branches across replicas, as Keras' `LossScaleOptimizer` does.

    Args:
        condition: Boolean scalar tensor, the same on all replicas.
        update: Callable without arguments, whose result is ignored. Each replica runs
            its own.

    Example:

    >>> weight = tf.Variable(1.0)
    >>> run_if(weight > 0.0, lambda: weight.assign(5.0))
    >>> weight.numpy()
    np.float32(5.0)
    """

    def across_replicas(strategy, condition, update):
        def run():
            strategy.extended.call_for_each_replica(_call, args=(update,))
            return True

        first = strategy.experimental_local_results(condition)[0]
        tf.cond(first, run, lambda: False)

    context = tf.distribute.get_replica_context()
    context.merge_call(across_replicas, args=(condition, update))


def repeat(count, update):
    """Runs `update` several times, inside a training step.

    Like `tf.while_loop`, but for optimizer updates, as in `run_if`.

    Args:
        count: Integer.
        update: Callable of the index, an int32 scalar tensor, whose result is ignored.
            Each replica runs its own.

    Example:

    >>> weight = tf.Variable(1)
    >>> repeat(3, lambda index: weight.assign_add(index))
    >>> weight.numpy()
    np.int32(4)
    """

    def across_replicas(strategy, update):
        def run(index):
            strategy.extended.call_for_each_replica(_call, args=(update, index))
            return (index + 1,)

        tf.while_loop(lambda index: index < count, run, (tf.constant(0),))

    context = tf.distribute.get_replica_context()
    context.merge_call(across_replicas, args=(update,))


def _call(update, *args):
    update(*args)
