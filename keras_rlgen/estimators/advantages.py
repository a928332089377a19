"""Baselines applied to the values of latents."""

import tensorflow as tf

from keras_rlgen.baselines import LeaveOneOut


def check_baseline(baseline, num_samples):
    """Returns a baseline, after a check that it supports `num_samples` latents.

    Raises:
        ValueError: If it is the leave-one-out baseline and `num_samples` is 1.
    """
    if isinstance(baseline, LeaveOneOut) and num_samples < 2:
        raise ValueError(
            "The leave-one-out baseline compares latents of one sample. Received: "
            f"num_samples={num_samples}. Use at least 2, or choose another baseline "
            "('critic', 'moving_average')."
        )
    return baseline


def latent_advantages(baseline, draws):
    """Computes the advantages of latents over a baseline.

    Args:
        baseline: `Baseline`.
        draws: `LatentDraws`.

    Returns:
        A pair: the advantages, float32 `(batch, num_samples)`, without gradient; and a
        dict with their standard deviation, `advantage_std`, and the baseline's mean
        squared error, `baseline_loss`.
    """
    baseline_values = baseline.values(draws.values, draws.samples)
    advantages = tf.stop_gradient(draws.values - baseline_values)
    return advantages, {
        "advantage_std": tf.math.reduce_std(advantages),
        "baseline_loss": tf.reduce_mean(tf.square(advantages)),
    }
