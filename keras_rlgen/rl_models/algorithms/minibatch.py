import tensorflow as tf


def minibatch(draws, count, index, num_minibatches, key):
    """Returns one minibatch of draws that are gone through epoch by epoch.

    In each epoch the draws are in another order, and each is in one minibatch.

    Args:
        draws: Tensor, or structure of tensors, `(count, ...)`.
        count: Integer, the number of draws.
        index: Int32 scalar tensor, which minibatch, counted over all epochs.
        num_minibatches: Integer, those of an epoch. It divides `count`.
        key: Int32 tensor `(2,)`, the same for all `index`.

    Returns:
        The same structure, of tensors `(count / num_minibatches, ...)`.

    Example:

    >>> key = tf.constant([0, 1])
    >>> halves = [minibatch(tf.range(4), 4, i, 2, key) for i in range(2)]
    >>> sorted(tf.concat(halves, axis=0).numpy().tolist())
    [0, 1, 2, 3]
    """
    size = count // num_minibatches
    epoch_key = tf.random.experimental.stateless_fold_in(key, index // num_minibatches)
    numbers = tf.random.stateless_uniform((count,), epoch_key)
    start = (index % num_minibatches) * size
    chosen = tf.slice(tf.argsort(numbers), [start], [size])
    return tf.nest.map_structure(lambda values: tf.gather(values, chosen), draws)
