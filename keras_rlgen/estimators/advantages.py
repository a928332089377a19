"""Baselines applied to the values of latents."""

import tensorflow as tf

from keras_rlgen.baselines import LeaveOneOut


def check_baseline(baseline, num_samples):
    """Returns a baseline, if it can compare `num_samples` latents of a sample.

    Raises:
        ValueError: If it is the leave-one-out baseline and there is one.
    """
    if isinstance(baseline, LeaveOneOut) and num_samples < 2:
        raise ValueError(
            "The leave-one-out baseline compares latents of one sample. Received: "
            f"num_samples={num_samples}. Draw at least 2, or choose another baseline "
            "('critic', 'moving_average')."
        )
    return baseline


def latent_advantages(baseline, draws):
    """Returns what the values of latents exceed a baseline by.

    Args:
        baseline: `Baseline`.
        draws: `LatentDraws`.

    Returns:
        A pair: the advantages, float32 `(batch, num_samples)`, constants of the
        gradient; and a dict with their standard deviation, `advantage_std`, and the
        baseline's mean squared error, `baseline_loss`.
    """
    baseline_values = baseline.values(draws.values, draws.samples)
    advantages = tf.stop_gradient(draws.values - baseline_values)
    return advantages, {
        "advantage_std": tf.math.reduce_std(advantages),
        "baseline_loss": tf.reduce_mean(tf.square(advantages)),
    }
