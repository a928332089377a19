"""Losses of proximal policy optimisation."""

import tensorflow as tf

from keras_rlgen.losses.masked_reductions import masked, masked_mean
from keras_rlgen.losses.policy import advantages_of_elements


def clipped_surrogate_loss(
    log_probs, old_log_probs, advantages, clip_ratio=0.2, mask=()
):
    """Computes PPO's `-mean(min(ratio * advantage, clip(ratio) * advantage))`.

    The ratio is `exp(log_probs - old_log_probs)`, clipped to
    `[1 - clip_ratio, 1 + clip_ratio]`. If both log-probabilities are equal, the
    gradient is that of `policy_gradient_loss`.

    With a log-probability for each element of a sample, there is a ratio per element,
    and the mean is over the elements of the whole batch.

    Args:
        log_probs: Float tensor `(batch,)` or `(batch, steps)`, under the current
            policy.
        old_log_probs: Float tensor of the same shape, under the policy that generated
            the samples.
        advantages: Float tensor `(batch,)`; or `(batch, steps)`, for each element.
        clip_ratio: Float > 0.
        mask: Tensor `(batch, steps)`, true or nonzero at valid elements; `()` if all
            are valid.

    Returns:
        Float32 scalar.

    Raises:
        ValueError: If the shapes do not fit each other.

    Example:

    >>> log_probs = tf.math.log([0.9, 0.5])
    >>> loss = clipped_surrogate_loss(log_probs, tf.math.log([0.5, 0.5]), [1.0, 1.0])
    >>> round(float(loss), 3)
    -1.1

    Reference:
        [Schulman et al., 2017](https://arxiv.org/abs/1707.06347), equation 7; the
        mean over elements: [Yu et al., 2025](https://arxiv.org/abs/2503.14476),
        section 3.3.
    """
    ratio = _ratio(log_probs, old_log_probs, mask)
    advantages = tf.stop_gradient(advantages_of_elements(advantages, ratio))
    clipped = tf.clip_by_value(ratio, 1.0 - clip_ratio, 1.0 + clip_ratio)
    return -masked_mean(tf.minimum(ratio * advantages, clipped * advantages), mask)


def clip_fraction(log_probs, old_log_probs, clip_ratio=0.2, mask=()):
    """Computes the fraction of ratios further than `clip_ratio` from one.

    Args:
        log_probs: As in `clipped_surrogate_loss`.
        old_log_probs: As in `clipped_surrogate_loss`.
        clip_ratio: Float > 0.
        mask: As in `clipped_surrogate_loss`.

    Returns:
        Float32 scalar in [0, 1].

    Example:

    >>> float(clip_fraction(tf.math.log([0.9, 0.5]), tf.math.log([0.5, 0.5])))
    0.5
    """
    distance = tf.abs(_ratio(log_probs, old_log_probs, mask) - 1.0)
    return masked_mean(tf.cast(distance > clip_ratio, tf.float32), mask)


def group_relative_advantages(rewards, epsilon=1e-4):
    """Standardises rewards within each group.

    Args:
        rewards: Float tensor `(groups, group_size)`.
        epsilon: Float > 0, added to the standard deviation (of the group, without
            Bessel's correction), which may be zero.

    Returns:
        Float32 tensor `(groups, group_size)`.

    Example:

    >>> group_relative_advantages([[1.0, 3.0]], epsilon=0.0).numpy()
    array([[-1.,  1.]], dtype=float32)

    Reference:
        [Shao et al., 2024](https://arxiv.org/abs/2402.03300), section 4.1.2 (outcome
        supervision).
    """
    rewards = tf.cast(rewards, tf.float32)
    mean = tf.reduce_mean(rewards, axis=-1, keepdims=True)
    deviation = tf.math.reduce_std(rewards, axis=-1, keepdims=True)
    return (rewards - mean) / (deviation + epsilon)


def _ratio(log_probs, old_log_probs, mask):
    """Computes ratios of probabilities, one where elements are masked."""
    old_log_probs = tf.stop_gradient(masked(old_log_probs, mask))
    return tf.exp(masked(log_probs, mask) - old_log_probs)
