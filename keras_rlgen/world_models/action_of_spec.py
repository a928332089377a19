"""Actions of a spec, as a tensor environment has them and as vectors."""

import math

import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action import ContinuousAction, DiscreteAction


def action_of_spec(spec):
    """Returns the action space of the spec of one action.

    Args:
        spec: `ArraySpec`: of floats between bounds, or of one integer from zero.

    Raises:
        ValueError: If it is another.

    Example:

    >>> from keras_rlgen.experience import ArraySpec
    >>> action_of_spec(ArraySpec((), "int32", 0, 2))
    DiscreteAction(3)
    """
    dtype = getattr(spec, "dtype", None)
    if dtype is not None and spec.minimum is not None:
        if dtype.is_floating:
            bounds = spec.minimum, spec.maximum
            return ContinuousAction(*(np.broadcast_to(x, spec.shape) for x in bounds))
        if dtype.is_integer and not spec.shape and not np.any(spec.minimum):
            return DiscreteAction(int(spec.maximum) + 1)
    raise ValueError(
        "Expected an action of floats between bounds, or of one integer that counts "
        f"from zero. Received: {spec}"
    )


def encoded_action(action_space, action):
    """Returns actions as vectors: one-hot, or scaled to [-1, 1].

    Args:
        action_space: `DiscreteAction` or `ContinuousAction`.
        action: Tensor `(B, *action_space.shape)`.

    Returns:
        Float32 tensor `(B, size)`.

    Example:

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
