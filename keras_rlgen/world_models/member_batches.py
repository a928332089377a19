"""Rows of a batch, divided among the members of an ensemble."""

import tensorflow as tf

from keras_rlgen.training.stateless_random import integers


def divided(x, members, seed=None):
    """Divides the rows of a batch among members.

    Row `i` goes to member `i % members`, so that an environment of a batch follows one
    member for whole episodes. In a batch of fewer rows than members, the first row goes
    to a random member, the next to the one after it: over many steps all are asked.

    Args:
        x: Tensor `(B, size)`.
        members: Integer >= 1.
        seed: Integer tensor `(2,)` for the random member; `None` for the first.

    Returns:
        Tensor `(members, ceil(B / members), size)`.

    Example:

    >>> divided(tf.constant([[1], [2], [3]]), members=2)[:, :, 0].numpy()
    array([[1, 3],
           [2, 0]], dtype=int32)
    """
    if members == 1:
        return x[tf.newaxis]
    count = x.shape[0] or tf.shape(x)[0]
    x = tf.pad(x, [[0, -count % members], [0, 0]])
    x = tf.reshape(x, (-1, members, x.shape[1]))
    x = tf.transpose(x, (1, 0, 2))
    return _turned(x, count, seed, -1)


def joined(x, count, seed=None):
    """Returns the rows that `divided` divided, in their order.

    Args:
        x: Tensor `(members, ceil(B / members), size)`.
        count: Integer or int32 scalar tensor, `B`.
        seed: As in `divided`.

    Returns:
        Tensor `(B, size)`.

    Example:

    >>> x = tf.range(10.0)[:, tf.newaxis]
    >>> bool(tf.reduce_all(joined(divided(x, 4, (0, 1)), 10, (0, 1)) == x))
    True
    """
    members = x.shape[0]
    if members == 1:
        return x[0]
    x = _turned(x, count, seed, 1)
    x = tf.reshape(tf.transpose(x, (1, 0, 2)), (-1, x.shape[2]))
    return x[:count]


def _turned(x, count, seed, direction):
    """Returns members in turned order if there are fewer rows than members."""
    members = x.shape[0]
    if seed is None or (isinstance(count, int) and count >= members):
        return x
    first = tf.where(count < members, integers((), seed, members), 0)
    return tf.gather(x, (tf.range(members) + direction * first) % members)
