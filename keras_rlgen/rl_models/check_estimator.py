import tensorflow as tf

from keras_rlgen.estimators import NAMES
from keras_rlgen.rl_models.reward_check import has_gradient


def check_estimator(model, estimator, reward, free_bits):
    """Checks that an estimator can train the encoder of an `RLVAE`.

    Args:
        model: `RLVAE`.
        estimator: `GradientEstimator`.
        reward: `Reward` of decoded samples, or `None`.
        free_bits: Float, nats of divergence that each latent has free of charge.

    Raises:
        ValueError: If it is not for the model's latents, does without the exact
            divergence that free bits are of, or differentiates a reward without a
            gradient.
    """
    kind, name = model.latents.kind, type(estimator).__name__
    if kind not in estimator.latent_kinds:
        fit = [n for n, e in NAMES.items() if kind in e.latent_kinds]
        raise ValueError(
            f"`{name}` is for {' and '.join(estimator.latent_kinds)} latents. "
            f"Received: {kind} latents, latent_dim={model.latent_dim}. Use one of "
            f"{fit}."
        )
    if free_bits and estimator.kl != "analytic":
        raise ValueError(
            "Free bits are taken from the exact divergence, which "
            f"`{name}(kl={estimator.kl!r})` does without. Received: "
            f"free_bits={free_bits}. Use 0, or another estimator."
        )
    if estimator.pathwise and reward is not None and not has_slope(model, reward):
        raise ValueError(
            f"`{name}` differentiates the reward, and '{reward.name}' has no "
            "gradient. Use `estimator='score_function'`, which asks for none."
        )


def has_slope(model, reward):
    """Whether a reward can be differentiated by an estimator of an `RLVAE`."""
    condition = model.conditions.example(2) if model.has_condition else None
    samples = model.sample(2, tf.constant([0, 1]), condition)
    return has_gradient(reward, samples, condition)
