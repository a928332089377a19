"""Divergences and bounds of latent-variable models as pure functions.

All are in nats. Latents are independent of each other given a sample.
"""

import math

import tensorflow as tf

from keras_rlgen.training import replicas


def gaussian_kl(mean, log_variance, prior_mean=0.0, prior_log_variance=0.0):
    """Computes the Kullback-Leibler divergence of normal distributions.

    `KL(N(m, v) || N(p, w)) = 1/2 (log w - log v + (v + (m - p)^2) / w - 1)`,
    elementwise. The divergence of diagonal Gaussians is the sum over their elements. By
    default the prior is the standard normal distribution.

    Args:
        mean: Float tensor.
        log_variance: Float tensor of that shape, natural logarithm of the variance.
        prior_mean: Float or float tensor that broadcasts with `mean`.
        prior_log_variance: Float or float tensor that broadcasts with `mean`.

    Returns:
        Float32 tensor of the broadcast shape, not negative.

    Example:

    >>> gaussian_kl(tf.constant([0.0, 2.0]), tf.constant([0.0, 0.0])).numpy()
    array([0., 2.], dtype=float32)

    Reference:
        [Kingma & Welling, 2014](https://arxiv.org/abs/1312.6114), appendix B.
    """
    mean, log_variance, prior_mean, prior_log_variance = (
        tf.cast(t, tf.float32)
        for t in (mean, log_variance, prior_mean, prior_log_variance)
    )
    try:
        tf.broadcast_static_shape(
            tf.broadcast_static_shape(mean.shape, log_variance.shape),
            tf.broadcast_static_shape(prior_mean.shape, prior_log_variance.shape),
        )
    except ValueError as error:
        raise ValueError(
            "Expected means and log-variances of one shape, or of shapes that "
            f"broadcast. Received: {mean.shape}, {log_variance.shape}, of the prior "
            f"{prior_mean.shape}, {prior_log_variance.shape}"
        ) from error
    log_ratio = log_variance - prior_log_variance
    squared_distance = tf.square(mean - prior_mean) * tf.exp(-prior_log_variance)
    # `expm1` keeps precision where the two variances are almost the same.
    return 0.5 * (tf.math.expm1(log_ratio) - log_ratio + squared_distance)


def categorical_kl(logits, prior_logits=None):
    """Computes the Kullback-Leibler divergence of categorical distributions.

    Args:
        logits: Float tensor `(..., num_codes)`.
        prior_logits: Float tensor that broadcasts with `logits`. Defaults to the
            uniform distribution.

    Returns:
        Float32 tensor `(...)`, not negative; at most `log(num_codes)` with the uniform
        prior.

    Example:

    >>> round(float(categorical_kl(tf.constant([50.0, 0.0]))), 4)
    0.6931
    """
    log_probs = tf.nn.log_softmax(tf.cast(logits, tf.float32))
    if prior_logits is None:
        log_prior = -math.log(log_probs.shape[-1])
    else:
        log_prior = tf.nn.log_softmax(tf.cast(prior_logits, tf.float32))
    return tf.reduce_sum(tf.exp(log_probs) * (log_probs - log_prior), axis=-1)


def free_bits(kl, minimum):
    """Computes the KL divergence, at least a minimum for each latent.

    `sum_j max(minimum, mean_x KL_j(x))`: a latent below the minimum on average has no
        gradient, so that training does not collapse it to the prior.

    Args:
        kl: Float tensor `(batch, num_latents)`, in nats.
        minimum: Float, nats for each latent.

    Returns:
        Float32 scalar.

    Example:

    >>> free_bits(tf.constant([[0.0, 1.0], [0.2, 3.0]]), 0.5).numpy()
    np.float32(2.5)

    Reference:
        [Kingma et al., 2016](https://arxiv.org/abs/1606.04934), equation 15, with a
        group for each latent.
    """
    means = replicas.batch_mean(tf.cast(kl, tf.float32))
    return tf.reduce_sum(tf.maximum(means, minimum))


def importance_weighted_bound(log_weights):
    """Computes a lower bound of `log p(x)` from several latents of each sample.

    `log 1/K sum_k p(x, z_k) / q(z_k | x)`, `z_k ~ q(z | x)`. With one latent it is an
    estimate of the evidence lower bound; its mean rises with their number `K`, to
    `log p(x)`.

    Args:
        log_weights: Float tensor `(num_latents, batch)`, `log p(x, z) - log q(z | x)`.

    Returns:
        Float32 tensor `(batch,)`, in nats.

    Example:

    >>> importance_weighted_bound(tf.math.log([[1.0], [3.0]])).numpy().round(4)
    array([0.6931], dtype=float32)

    Reference:
        [Burda et al., 2016](https://arxiv.org/abs/1509.00519), equation 8.
    """
    log_weights = tf.cast(log_weights, tf.float32)
    count = tf.cast(tf.shape(log_weights)[0], tf.float32)
    return tf.reduce_logsumexp(log_weights, axis=0) - tf.math.log(count)
