import tensorflow as tf

from keras_rlgen.losses.masked_reductions import num_elements


def minibatch(draws, count, index, num_minibatches, key, group_size=1):
    """Returns one minibatch of samples, shuffled in each epoch.

    In each epoch every sample is in exactly one minibatch. Groups stay together.

    Args:
        draws: Tensor, or structure of tensors, `(count, ...)`.
        count: Integer, the number of samples.
        index: Int32 scalar tensor, the index of the minibatch, counted over all epochs.
        num_minibatches: Integer, minibatches per epoch. It divides `count`.
        key: Int32 tensor `(2,)`, the same for all `index`.
        group_size: Integer, consecutive samples of a group.

    Returns:
        The same structure, of tensors `(count / num_minibatches, ...)`.

    Example:

    >>> key = tf.constant([0, 1])
    >>> halves = [minibatch(tf.range(4), 4, i, 2, key) for i in range(2)]
    >>> sorted(tf.concat(halves, axis=0).numpy().tolist())
    [0, 1, 2, 3]
    """
    num_groups = count // group_size
    size = num_groups // num_minibatches
    epoch_key = tf.random.experimental.stateless_fold_in(key, index // num_minibatches)
    numbers = tf.random.stateless_uniform((num_groups,), epoch_key)
    start = (index % num_minibatches) * size
    chosen = tf.slice(tf.argsort(numbers), [start], [size])
    if group_size > 1:
        members = chosen[:, tf.newaxis] * group_size + tf.range(group_size)
        chosen = tf.reshape(members, [-1])
    return tf.nest.map_structure(lambda values: tf.gather(values, chosen), draws)


def minibatch_weight(mask, whole_mask, num_minibatches):
    """Returns the weight of a minibatch's mean within its epoch.

    With these weights the mean of the minibatches' means is the mean over all elements
    of the batch, also if minibatches differ in their number of elements.

    Args:
        mask: Tensor `(count / num_minibatches, steps)`, true or nonzero at the
            minibatch's valid elements; `()` if all are valid.
        whole_mask: The same of the whole batch, `(count, steps)`.
        num_minibatches: Integer, minibatches per epoch.

    Returns:
        Float32 scalar, one if all minibatches have equally many elements; `None`
        without a mask.

    Example:

    >>> whole = tf.constant([[1, 1, 1], [1, 0, 0]])
    >>> [float(minibatch_weight(whole[i : i + 1], whole, 2)) for i in range(2)]
    [1.5, 0.5]
    """
    if isinstance(mask, tuple):
        return None
    count, whole = (num_elements(m, m) for m in (mask, whole_mask))
    return tf.math.divide_no_nan(num_minibatches * count, whole)
