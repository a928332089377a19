"""Normal distributions whose variance is bounded."""

import math

import tensorflow as tf

LOWEST, HIGHEST = -5.0, 0.25  # bounds of the logarithm of a standard deviation
HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


def bounded_log_scale(x):
    """Returns the logarithm of a standard deviation, within its bounds, softly.

    Args:
        x: Float32 tensor.

    Reference:
        [Chua et al., 2018](https://arxiv.org/abs/1805.12114), appendix A.1, with bounds
        that are not learned.
    """
    x = HIGHEST - tf.nn.softplus(HIGHEST - x)
    return LOWEST + tf.nn.softplus(x - LOWEST)


def normal_log_prob(x, mean, log_scale):
    """Returns the log-density of each element, in nats.

    Args:
        x: Float32 tensor.
        mean: Float32 tensor.
        log_scale: Float32 tensor, the logarithm of the standard deviation.
    """
    standardised = (x - mean) * tf.exp(-log_scale)
    return -0.5 * tf.square(standardised) - log_scale - HALF_LOG_2PI
