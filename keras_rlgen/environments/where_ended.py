"""Replaces episodes that have ended by new ones."""

import tensorflow as tf


def where_ended(ended, begin, continuing, costly=False):
    """Selects new episodes where one has ended, and `continuing` elsewhere.

    Args:
        ended: Bool tensor `(B,)`.
        begin: Callable without arguments that returns new episodes, a nest like
            `continuing`.
        continuing: Nest of tensors `(B, ...)`.
        costly: Whether `begin` is computed only if an episode of the batch has ended.
            Where it is cheap, the branch costs more than it saves.

    Returns:
        Nest like `continuing`.

    Example:

    >>> ended = tf.constant([True, False])
    >>> where_ended(ended, lambda: tf.zeros(2), tf.ones(2)).numpy().tolist()
    [0.0, 1.0]
    """

    def choose(new, old):
        mask = tf.reshape(ended, [-1] + [1] * (new.shape.rank - 1))
        return tf.where(mask, new, old)

    def chosen():
        return tf.nest.map_structure(choose, begin(), continuing)

    if not costly:
        return chosen()
    return tf.cond(tf.reduce_any(ended), chosen, lambda: continuing)
