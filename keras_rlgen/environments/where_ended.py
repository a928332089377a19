"""New episodes in the place of those that have ended."""

import tensorflow as tf


def where_ended(ended, begin, going_on, costly=False):
    """Returns what `begin` returns where an episode has ended, else `going_on`.

    Args:
        ended: Bool tensor `(B,)`.
        begin: Callable without arguments that returns a nest like `going_on`.
        going_on: Nest of tensors `(B, ...)`.
        costly: Whether `begin` is computed only if an episode of the batch has ended.
            Where it is cheap the branch costs more than it saves.

    Returns:
        Nest like `going_on`.

    Example:

    >>> ended = tf.constant([True, False])
    >>> where_ended(ended, lambda: tf.zeros(2), tf.ones(2)).numpy().tolist()
    [0.0, 1.0]
    """

    def choose(new, old):
        mask = tf.reshape(ended, [-1] + [1] * (new.shape.rank - 1))
        return tf.where(mask, new, old)

    def chosen():
        return tf.nest.map_structure(choose, begin(), going_on)

    if not costly:
        return chosen()
    return tf.cond(tf.reduce_any(ended), chosen, lambda: going_on)
