import tensorflow as tf

from keras_rlgen.estimators import NAMES
from keras_rlgen.rl_models.reward_check import has_gradient


def check_estimator(model, estimator, reward, free_bits):
    """Checks that an estimator can train the encoder of an `RLVAE`.

    Args:
        model: `RLVAE`.
        estimator: `GradientEstimator`.
        reward: `Reward` of decoded samples, or `None`.
        free_bits: Float, nats of KL divergence per latent that are not penalised.

    Raises:
        ValueError: If it does not support the model's latents, does not use the exact
            KL divergence that free bits need, or differentiates a reward without a
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
            "Free bits need the exact KL divergence, which "
            f"`{name}(kl={estimator.kl!r})` does not use. Received: "
            f"free_bits={free_bits}. Use 0, or another estimator."
        )
    if (
        estimator.pathwise
        and reward is not None
        and not has_reward_gradient(model, reward)
    ):
        raise ValueError(
            f"`{name}` differentiates the reward, and '{reward.name}' has no "
            "gradient. Use `estimator='score_function'`, which needs none."
        )


def has_reward_gradient(model, reward):
    """Returns whether a pathwise estimator of an `RLVAE` can use a reward."""
    condition = model.conditions.example(2) if model.has_condition else None
    samples = model.sample(2, tf.constant([0, 1]), condition)
    return has_gradient(reward, samples, condition)
