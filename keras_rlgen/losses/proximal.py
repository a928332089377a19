"""Losses of proximal policy optimisation."""

import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.losses.masked_reductions import masked, masked_mean, masked_sum
from keras_rlgen.losses.policy import advantages_of_elements
from keras_rlgen.losses.step_aggregation import aggregate_steps, lengths

RATIOS = ("token", "sequence")


def clipped_surrogate_loss(
    log_probs,
    old_log_probs,
    advantages,
    clip_ratio=0.2,
    mask=(),
    ratio="token",
    aggregation="token_mean",
):
    """Computes PPO's `-mean(min(ratio * advantage, clip(ratio) * advantage))`.

    The ratio is `exp(log_probs - old_log_probs)`, clipped to
    `[1 - clip_ratio, 1 + clip_ratio]`. If both log-probabilities are equal, the
    gradient is that of `policy_gradient_loss`.

    With a log-probability for each element of a sample, there is a ratio per element,
    and the mean is over the elements of the whole batch. With `ratio="sequence"` there
    is one for each sample, the geometric mean of those of its elements, and the mean is
    over samples.

    Args:
        log_probs: Float tensor `(batch,)` or `(batch, steps)`, under the current
            policy.
        old_log_probs: Float tensor of the same shape, under the policy that generated
            the samples.
        advantages: Float tensor `(batch,)`; or `(batch, steps)`, for each element.
        clip_ratio: Float > 0, or a pair of them: how far below one and how far above
            one a ratio is clipped.
        mask: Tensor `(batch, steps)`, true or nonzero at valid elements; `()` if all
            are valid.
        ratio: `"token"` or `"sequence"`, as above. The latter takes an advantage for
            each sample.
        aggregation: As in `aggregate_steps`: how the losses of elements are averaged.

    Returns:
        Float32 scalar.

    Raises:
        ValueError: If the shapes do not fit each other, or a string is unknown.

    Example:

    >>> log_probs = tf.math.log([0.9, 0.5])
    >>> loss = clipped_surrogate_loss(log_probs, tf.math.log([0.5, 0.5]), [1.0, 1.0])
    >>> round(float(loss), 3)
    -1.1

    Reference:
        [Schulman et al., 2017](https://arxiv.org/abs/1707.06347), equation 7; the
        mean over elements and two clip ratios:
        [Yu et al., 2025](https://arxiv.org/abs/2503.14476), sections 3.1 and 3.3;
        ratios of sequences: [Zheng et al., 2025](https://arxiv.org/abs/2507.18071),
        equations 5 and 7.
    """
    ratios, mask = _ratios(log_probs, old_log_probs, mask, ratio)
    advantages = tf.stop_gradient(advantages_of_elements(advantages, ratios))
    low, high = clip_ratios(clip_ratio)
    clipped = tf.clip_by_value(ratios, 1.0 - low, 1.0 + high)
    gains = tf.minimum(ratios * advantages, clipped * advantages)
    return -aggregate_steps(gains, mask, aggregation)


def clip_fraction(log_probs, old_log_probs, clip_ratio=0.2, mask=(), ratio="token"):
    """Computes the fraction of ratios further than `clip_ratio` from one.

    Args:
        log_probs: As in `clipped_surrogate_loss`.
        old_log_probs: As in `clipped_surrogate_loss`.
        clip_ratio: As in `clipped_surrogate_loss`.
        mask: As in `clipped_surrogate_loss`.
        ratio: As in `clipped_surrogate_loss`.

    Returns:
        Float32 scalar in [0, 1].

    Example:

    >>> float(clip_fraction(tf.math.log([0.9, 0.5]), tf.math.log([0.5, 0.5])))
    0.5
    """
    ratios, mask = _ratios(log_probs, old_log_probs, mask, ratio)
    low, high = clip_ratios(clip_ratio)
    clipped = (ratios < 1.0 - low) | (ratios > 1.0 + high)
    return masked_mean(tf.cast(clipped, tf.float32), mask)


def clip_ratios(clip_ratio):
    """Returns the distances from one at which a ratio is clipped, below and above.

    Args:
        clip_ratio: Float > 0, or a pair of them.

    Raises:
        ValueError: If it is neither.

    Example:

    >>> clip_ratios(0.2), clip_ratios((0.2, 0.28))
    ((0.2, 0.2), (0.2, 0.28))
    """
    pair = clip_ratio if isinstance(clip_ratio, (tuple, list)) else (clip_ratio,) * 2
    if len(pair) != 2 or not all(is_number(x) and x > 0.0 for x in pair):
        raise ValueError(
            "Expected `clip_ratio` above zero, or a pair of such numbers. Received: "
            f"{clip_ratio!r}"
        )
    return float(pair[0]), float(pair[1])


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


def check_ratio(ratio):
    """Raises `ValueError` if `ratio` is none of `RATIOS`."""
    if ratio not in RATIOS:
        raise ValueError(f"Expected `ratio` in {list(RATIOS)}. Received: {ratio!r}")


def _ratios(log_probs, old_log_probs, mask, ratio):
    """Computes ratios of probabilities, and the mask of their valid ones.

    They are one where elements are masked.
    """
    check_ratio(ratio)
    old_log_probs = tf.stop_gradient(masked(old_log_probs, mask))
    log_ratios = masked(log_probs, mask) - old_log_probs
    if ratio == "token" or log_ratios.shape.rank == 1:
        return tf.exp(log_ratios), mask
    means = tf.math.divide_no_nan(masked_sum(log_ratios), lengths(log_ratios, mask))
    return tf.exp(means), ()
