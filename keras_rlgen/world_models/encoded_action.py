import math

import tensorflow as tf

from keras_rlgen.environments.action import DiscreteAction


def encoded_action(action_space, action):
    """Returns actions as vectors: one-hot, or scaled to [-1, 1].

    Args:
        action_space: `DiscreteAction` or `ContinuousAction`.
        action: Tensor `(B, *action_space.shape)`.

    Returns:
        Float32 tensor `(B, size)`.

    Example:

    >>> from keras_rlgen.environments import ContinuousAction
    >>> encoded_action(ContinuousAction([-2.0], [2.0]), tf.constant([[1.0]])).numpy()
    array([[0.5]], dtype=float32)
    """
    if isinstance(action_space, DiscreteAction):
        return tf.one_hot(action, action_space.count)
    middle = (action_space.low + action_space.high) / 2.0
    half_range = (action_space.high - action_space.low) / 2.0
    scaled = (tf.cast(action, tf.float32) - middle) / half_range
    scaled = tf.clip_by_value(scaled, -1.0, 1.0)
    return tf.reshape(scaled, (-1, math.prod(action_space.shape)))
