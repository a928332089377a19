from typing import Any, NamedTuple

import tensorflow as tf


class ModelOutput(NamedTuple):
    """What a model says of a step of `B` states with `A` actions.

    Attributes:
        state: Nest of tensors `(B, ...)`, the states that the step leads to.
        reward: Float32 tensor `(B,)`.
        discount: Float32 tensor `(B,)` in [0, 1]: the discount factor, and 0 where the
            episode has ended.
        prior_logits: Float32 tensor `(B, A)`, of the actions in the next states; -inf
            for actions that are not allowed.
        value: Float32 tensor `(B,)`, the value of the next states.
    """

    state: Any
    reward: tf.Tensor
    discount: tf.Tensor
    prior_logits: tf.Tensor
    value: tf.Tensor


def root_output(state, prior_logits, value):
    """Returns the `ModelOutput` of states to search from.

    Args:
        state: As in `ModelOutput`.
        prior_logits: As in `ModelOutput`.
        value: As in `ModelOutput`.
    """
    zeros = tf.zeros_like(value)
    return ModelOutput(state, zeros, zeros, prior_logits, value)
