"""Validates a reward before training."""

import tensorflow as tf


def finite_terms(reward, samples, condition=None):
    """Computes a reward's terms on a model's samples, and checks that they are finite.

    Args:
        reward: `Reward`.
        samples: Float32 tensor `(batch, ...)`.
        condition: What the samples are conditioned on, or `None`.

    Returns:
        Dict from names to float32 tensors `(batch,)`, as of `Reward.terms`.

    Raises:
        ValueError: If a term is NaN or infinite, or not of shape `(batch,)`.
    """
    _, terms = reward.terms(samples, condition, training=False)
    for name, value in terms.items():
        if not bool(tf.reduce_all(tf.math.is_finite(value))):
            raise ValueError(
                f"Reward term '{name}' is not finite on generated samples: "
                f"{value.numpy().tolist()}. Samples are finite, of shape "
                f"{tuple(samples.shape)}; make the reward finite on them "
                "(clip before a logarithm or a division)."
            )
    return terms


def has_gradient(reward, samples, condition=None):
    """Returns whether a reward has a gradient with respect to the samples.

    A null reward counts as having one: it is independent of them, and its gradient is
    zero.

    Args:
        reward: `Reward`.
        samples: Float32 tensor `(batch, ...)`.
        condition: What the samples are conditioned on, or `None`.
    """
    if reward.is_null:
        return True
    with tf.GradientTape() as tape:
        tape.watch(samples)
        value, _ = reward.terms(samples, condition, training=False)
    return tape.gradient(value, samples) is not None
