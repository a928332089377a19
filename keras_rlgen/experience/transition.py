from typing import Any, NamedTuple

import tensorflow as tf


class Transition(NamedTuple):
    """A batch of `B` environment steps, what rewards of agents judge.

    Attributes:
        observation: Nest of tensors `(B, ...)`, what was seen.
        action: Nest of tensors `(B, ...)`, what was done.
        reward: Float32 tensor `(B,)`, the environment's own reward.
        next_observation: Nest of tensors `(B, ...)`, what the step led to; at the end
            of an episode its last observation, never the first of the next episode.
        terminated: Bool tensor `(B,)`, whether nothing follows. An episode that was
            truncated is not terminated.

    Example:

    >>> transition = Transition(
    ...     observation=tf.zeros((2, 4)),
    ...     action=tf.constant([0, 1]),
    ...     reward=tf.ones((2,)),
    ...     next_observation=tf.ones((2, 4)),
    ...     terminated=tf.constant([False, True]),
    ... )
    >>> transition.next_observation.shape
    TensorShape([2, 4])
    """

    observation: Any
    action: Any
    reward: tf.Tensor
    next_observation: Any
    terminated: tf.Tensor
