"""What is asked of a reward before it is climbed."""

import tensorflow as tf


def finite_terms(reward, samples, condition=None):
    """Returns the terms of a reward of a model's samples, if all are finite.

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
    """Whether a reward can be climbed by its gradient to the samples it judges.

    A null reward can: it says nothing of them, and its gradient is zero.

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
