"""Adversarial losses as pure functions of logits.

Throughout, a discriminator returns *logits, real is high*. Every function takes
logits of shape `(batch,)` or `(batch, 1)` and returns float32 losses of shape
`(batch,)`, in nats where the loss is a cross-entropy. A loss falls as its network (the
player of the game) gets better.
"""

import tensorflow as tf


def flatten_logits(logits):
    """Returns logits as float32 of shape `(batch,)`.

    Args:
        logits: Tensor of shape `(batch,)` or `(batch, 1)`.

    Returns:
        Float32 tensor of shape `(batch,)`.

    Raises:
        ValueError: If `logits` has any other shape.
    """
    logits = tf.cast(logits, tf.float32)
    rank = logits.shape.rank
    if rank == 1:
        return logits
    if rank == 2 and logits.shape[-1] == 1:
        return tf.squeeze(logits, axis=-1)
    raise ValueError(
        "Expected discriminator logits of shape (batch,) or (batch, 1). "
        f"Received: {tuple(logits.shape)}. End the discriminator with "
        "`Dense(1)` (after `Flatten` or `GlobalAveragePooling2D` for images)."
    )


def cross_entropy_real_loss(real_logits):
    """Computes `-log D(x)`, the discriminator's cross-entropy on real samples."""
    return tf.nn.softplus(-flatten_logits(real_logits))


def cross_entropy_generated_loss(generated_logits):
    """Computes `-log(1 - D(G(z)))`, its cross-entropy on generated samples."""
    return tf.nn.softplus(flatten_logits(generated_logits))


def non_saturating_generator_loss(generated_logits):
    """Computes `-log D(G(z))`, the generator's non-saturating loss.

    Reference:
        [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661), section 3.
    """
    return tf.nn.softplus(-flatten_logits(generated_logits))


def minimax_generator_loss(generated_logits):
    """Computes `log(1 - D(G(z)))`, the generator's minimax loss.

    Reference:
        [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661), equation 1.
    """
    return -tf.nn.softplus(flatten_logits(generated_logits))


def least_squares_real_loss(real_logits):
    """Computes `(D(x) - 1)^2 / 2` on the discriminator's linear output."""
    return 0.5 * tf.square(flatten_logits(real_logits) - 1.0)


def least_squares_generated_loss(generated_logits):
    """Computes `D(G(z))^2 / 2` on the discriminator's linear output."""
    return 0.5 * tf.square(flatten_logits(generated_logits))


def least_squares_generator_loss(generated_logits):
    """Computes `(D(G(z)) - 1)^2 / 2`.

    Reference:
        [Mao et al., 2017](https://arxiv.org/abs/1611.04076), equation 9.
    """
    return 0.5 * tf.square(flatten_logits(generated_logits) - 1.0)


def hinge_real_loss(real_logits):
    """Computes `max(0, 1 - D(x))`."""
    return tf.nn.relu(1.0 - flatten_logits(real_logits))


def hinge_generated_loss(generated_logits):
    """Computes `max(0, 1 + D(G(z)))`.

    Reference:
        [Lim & Ye, 2017](https://arxiv.org/abs/1705.02894);
        [Miyato et al., 2018](https://arxiv.org/abs/1802.05957), equation 16.
    """
    return tf.nn.relu(1.0 + flatten_logits(generated_logits))


def wasserstein_real_loss(real_logits):
    """`-D(x)`."""
    return -flatten_logits(real_logits)


def wasserstein_generated_loss(generated_logits):
    """`D(G(z))`."""
    return flatten_logits(generated_logits)


def wasserstein_generator_loss(generated_logits):
    """Computes `-D(G(z))`, used with the Wasserstein and the hinge loss.

    Reference:
        [Arjovsky et al., 2017](https://arxiv.org/abs/1701.07875), algorithm 1.
    """
    return -flatten_logits(generated_logits)
