"""Learning from preferences between samples."""

import numpy as np
import tensorflow as tf


def preference_loss(
    chosen_log_ratios, rejected_log_ratios, beta=0.1, weights=None, label_smoothing=0.0
):
    """Computes the loss of direct preference optimisation (DPO).

    With the margin `beta * (chosen_log_ratio - rejected_log_ratio)` of a pair,

        loss = -(1 - s) log sigmoid(margin) - s log sigmoid(-margin)

    where `s` is the label smoothing.

    Args:
        chosen_log_ratios: Float tensor `(pairs,)`, `log pi(x) - log pi_0(x)` in nats of
            the preferred sample, `pi_0` being the reference.
        rejected_log_ratios: Float tensor `(pairs,)`, the same of the other sample.
        beta: Float > 0, the weight of the KL divergence from the reference, in reward
            per nat.
        weights: Float tensor `(pairs,)`, the weight of each pair, such as 0 for one
            without a preference; `None` if all are one.
        label_smoothing: Float in [0, 0.5), the probability that a preference is wrong.

    Returns:
        Float32 scalar, the weighted mean over pairs; zero if all weights are.

    Example:

    >>> round(float(preference_loss([0.0, 0.0], [0.0, 0.0])), 4)  # log 2
    0.6931

    Reference:
        [Rafailov et al., 2023](https://arxiv.org/abs/2305.18290), equation 7; with
        label smoothing: [Mitchell, 2023](https://ericmitchell.ai/cdpo.pdf), equation 3.
    """
    shapes = [tuple(np.shape(x)) for x in (chosen_log_ratios, rejected_log_ratios)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            "Expected a rejected sample for each chosen one. Received log-ratios of "
            f"the shapes {shapes[0]} and {shapes[1]}"
        )
    margins = beta * (
        tf.cast(chosen_log_ratios, tf.float32)
        - tf.cast(rejected_log_ratios, tf.float32)
    )
    losses = -(1.0 - label_smoothing) * tf.math.log_sigmoid(margins)
    losses -= label_smoothing * tf.math.log_sigmoid(-margins)
    return weighted_mean(losses, weights)


def best_and_worst(rewards):
    """Marks the best and the worst sample of each group.

    Args:
        rewards: Float tensor `(groups, group_size)`.

    Returns:
        Float32 tensor `(groups, group_size)`: 1 at the highest reward of a group, -1 at
        the lowest (the first, if several are equal), 0 elsewhere; all 0 in a group
        whose rewards are equal.

    Example:

    >>> best_and_worst([[1.0, 3.0, 2.0], [5.0, 5.0, 5.0]]).numpy()
    array([[-1.,  1.,  0.],
           [ 0.,  0.,  0.]], dtype=float32)
    """
    rewards = tf.cast(rewards, tf.float32)
    size = rewards.shape[-1]
    best = tf.one_hot(tf.argmax(rewards, axis=-1), size)
    return best - tf.one_hot(tf.argmin(rewards, axis=-1), size)


def weighted_mean(values, weights=None):
    """Computes the weighted mean, zero if all weights are.

    Args:
        values: Float tensor `(pairs,)`.
        weights: Float tensor `(pairs,)`, or `None` for the plain mean.

    Returns:
        Float32 scalar.

    Example:

    >>> float(weighted_mean([1.0, 5.0], [1.0, 0.0]))
    1.0
    """
    values = tf.cast(values, tf.float32)
    if weights is None:
        return tf.reduce_mean(values)
    weights = tf.cast(weights, tf.float32)
    return tf.math.divide_no_nan(
        tf.reduce_sum(weights * values), tf.reduce_sum(weights)
    )
