"""Replicas of a model under `tf.distribute`: the only module that knows of them.

A replica is a copy of the model on one device, which trains on its share of each batch.
With one replica all functions return their argument, the same tensor.
"""

import numpy as np
import tensorflow as tf

# Between the counters of replicas, whose number it also tells. Reduced to 32 bits, it
# is the golden section of their range.
STRIDE = 2**40 + 1327217885


def count():
    """Returns the number of replicas, an integer; one outside of a training step.

    Example:

    >>> count()
    1
    """
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def mean(values, weight=None):
    """Computes the mean over replicas, inside a training step.

    Args:
        values: Float tensor, `tf.IndexedSlices`, or list of these or `None`, which
            stays `None`.
        weight: Float scalar tensor, this replica's; by default all are equal.

    Returns:
        Tensors of the same structure.

    Example:

    >>> mean(tf.constant(3.0)).numpy()
    np.float32(3.0)
    """
    if count() == 1:
        return values
    if weight is not None:
        share = tf.cast(count(), tf.float32) * weight
        share = tf.math.divide_no_nan(share, total(weight))
        values = tf.nest.map_structure(
            lambda x: x if x is None else scaled(x, share), values
        )
    several = values if isinstance(values, list) else [values]
    present = [x for x in several if x is not None]
    reduced = iter(_reduced("MEAN", present) if present else ())
    several = [None if x is None else next(reduced) for x in several]
    return several if isinstance(values, list) else several[0]


def scaled(values, factor):
    """Returns a tensor times a scalar.

    Args:
        values: Float tensor, or `tf.IndexedSlices`, such as the gradient of an
            embedding.
        factor: Float scalar tensor.
    """
    if isinstance(values, tf.IndexedSlices):
        return tf.IndexedSlices(
            scaled(values.values, factor), values.indices, values.dense_shape
        )
    return values * tf.cast(factor, values.dtype)


def total(value):
    """Computes the sum over replicas, inside a training step.

    Args:
        value: Tensor.

    Example:

    >>> total(tf.constant(3)).numpy()
    np.int32(3)
    """
    return value if count() == 1 else _reduced("SUM", value)


def batch_mean(values):
    """Computes the mean over the samples of all replicas.

    Unlike the mean of means it is right for unequal shares of a batch.

    Args:
        values: Float tensor `(batch, ...)`.

    Returns:
        Float tensor `(...)`.

    Example:

    >>> batch_mean(tf.constant([1.0, 3.0])).numpy()
    np.float32(2.0)
    """
    if count() == 1:
        return tf.reduce_mean(values, axis=0)
    size = tf.cast(tf.shape(values)[0], values.dtype)
    return total(tf.reduce_sum(values, axis=0)) / total(size)


def first_code(code, num_codes):
    """Returns the lowest code that is not negative of all replicas.

    Args:
        code: Int64 scalar tensor, this replica's; -1 for none.
        num_codes: Integer, codes are below it.

    Returns:
        Int64 scalar tensor, the same on all replicas; -1 for none.
    """
    if count() == 1 or not num_codes:
        return code
    present = total(tf.one_hot(code, num_codes)) > 0.0
    lowest = tf.argmax(present)
    return tf.where(tf.reduce_any(present), lowest, tf.constant(-1, tf.int64))


def share(size):
    """Returns a replica's share of a batch, for means over unequal shares.

    Args:
        size: Integer scalar tensor, samples of this replica; may be zero.

    Returns:
        Float32 scalar tensor, one in sum over replicas; `None` with one replica.
    """
    if count() == 1:
        return None
    size = tf.cast(size, tf.float32)
    return tf.math.divide_no_nan(size, total(size))


def filled(values):
    """Returns a share of a batch, or zeros for one sample in place of an empty one.

    Some layers fail on an empty batch.

    Args:
        values: Tensor `(batch, ...)`, or structure of these.
    """
    if count() == 1:
        return values

    def fill(x):
        missing = tf.maximum(1 - tf.shape(x)[0], 0)
        padding = [[0, missing], *([[0, 0]] * (x.shape.rank - 1))]
        return tf.ensure_shape(tf.pad(x, padding), (None, *x.shape[1:]))

    return tf.nest.map_structure(lambda x: x if x is None else fill(x), values)


def unfilled(values, size):
    """Returns values of a share without those of a sample that `filled` added.

    Args:
        values: Tensor `(batch, ...)`, or structure of these.
        size: Integer scalar tensor, the samples of the share.
    """
    if count() == 1:
        return values
    return tf.nest.map_structure(lambda x: x if x is None else x[:size], values)


def counted(values, weight):
    """Returns the weight of each value in a mean: zero those of an empty share.

    Args:
        values: Tensor `(batch,)`.
        weight: A `share`, or `None`, which is returned.
    """
    if weight is None:
        return None
    return tf.fill(tf.shape(values), tf.cast(weight > 0.0, tf.float32))


def track(tracker, value, weight=None):
    """Updates a mean by that of a replica's share of a batch.

    Args:
        tracker: `keras.metrics.Mean`.
        value: Float scalar tensor; NaN where the share is empty.
        weight: Float or integer scalar tensor, such as a `share` or a number of
            samples; `None` for one.
    """
    if weight is not None and count() > 1:
        value = tf.where(weight > 0, value, tf.zeros_like(value))
    tracker.update_state(value, sample_weight=weight)


def separate_streams(states, strategy):
    """Gives each replica its own streams of random numbers, from those of the first.

    Copies of a `keras.random.SeedGenerator` have the same state, and would sample the
    same noise. Here the counters are far apart. The first replica's numbers are those
    of one device. A second call changes nothing.

    Args:
        states: List of the states of seed generators.
        strategy: `tf.distribute.Strategy`.
    """
    if strategy.num_replicas_in_sync == 1:
        return
    indices = _indices(strategy)
    for state in states:
        seed, counter = first_stream(state, strategy)
        copies = strategy.experimental_local_results(state.value)
        for copy, index in zip(copies, indices, strict=True):
            copy.assign([seed, counter + index * STRIDE])


def first_stream(state, strategy):
    """Returns the state of a seed generator on the first replica, a NumPy array.

    Args:
        state: State of a seed generator.
        strategy: `tf.distribute.Strategy`.
    """
    seed, counter = strategy.experimental_local_results(state.value)[0].numpy()
    return np.array([seed, counter % STRIDE])


def held_alike(variables):
    """Assigns the mean over replicas to variables, inside a training step.

    `BatchNormalization` updates its statistics on each replica alone: they would
    differ.

    Args:
        variables: List of Keras variables; those that are no floats are left out.
    """
    if count() == 1:
        return
    variables = [v for v in variables if v.dtype.startswith(("float", "bfloat"))]
    values = mean([tf.convert_to_tensor(v.value) for v in variables])
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def gathered(values, strategy):
    """Returns the rows of all replicas on all machines, a NumPy array.

    Args:
        values: List of tensors `(num_rows, ...)`, one for each replica of this
            machine. Numbers of rows may differ.
        strategy: `tf.distribute.Strategy`.
    """
    if not across_machines(strategy):
        return np.concatenate([value.numpy() for value in values])
    rows = strategy.gather(_distributed(values, strategy), axis=0)
    return rows.numpy()


def across_machines(strategy):
    """Returns whether a strategy has replicas in several processes.

    Args:
        strategy: `tf.distribute.Strategy`.

    Example:

    >>> across_machines(tf.distribute.get_strategy())
    False
    """
    count = strategy.num_replicas_in_sync
    return count > 1 and count > len(strategy.extended.worker_devices)


def step_logs(logs):
    """Returns the logs of a training step in the shape that Keras reduces.

    Across machines Keras takes the mean over the first axis, so that numbers become
    vectors of one.

    Args:
        logs: Dict from names to float scalar tensors.
    """
    if count() == 1 or not across_machines(tf.distribute.get_strategy()):
        return logs
    return {name: tf.reshape(value, [1]) for name, value in logs.items()}


def _reduced(operation, values):
    return tf.distribute.get_replica_context().all_reduce(operation, values)


def _indices(strategy):
    """Returns the indices of this process' replicas, a list of integers."""

    def index():
        context = tf.distribute.get_replica_context()
        return tf.convert_to_tensor(context.replica_id_in_sync_group)

    return [int(i) for i in strategy.experimental_local_results(strategy.run(index))]


def _distributed(values, strategy):
    return strategy.experimental_distribute_values_from_function(
        lambda context: values[context.replica_id_in_sync_group % len(values)]
    )
