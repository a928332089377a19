"""Normalisation of frames that have weights."""

import tensorflow as tf


def relative_weights(weights):
    """Normalises the weights of each minibatch to mean 1; all zeros stay zeros.

    Args:
        weights: Float tensor `(..., S, T)` of numbers >= 0.

    Example:

    >>> relative_weights(tf.constant([[3.0, 1.0, 0.0, 0.0]])).numpy().tolist()
    [[3.0, 1.0, 0.0, 0.0]]
    """
    mean = tf.reduce_mean(weights, axis=[-2, -1], keepdims=True)
    return tf.math.divide_no_nan(weights, mean)


def normalized(values, weights):
    """Normalises each minibatch to weighted mean 0 and standard deviation 1.

    Args:
        values: Float32 tensor `(..., S, T)`.
        weights: Float32 tensor of the same shape, of mean 1 over `S` and `T`.

    Returns:
        Float32 tensor of the same shape.

    Example:

    >>> values, weights = tf.constant([[1.0, 3.0, 50.0]]), tf.constant([[1.5, 1.5, 0]])
    >>> normalized(values, weights)[0, :2].numpy().round(3).tolist()
    [-1.0, 1.0]
    """

    def mean(x):
        return tf.reduce_mean(weights * x, axis=[-2, -1], keepdims=True)

    values = values - mean(values)
    variance = mean(tf.square(values))
    return values * tf.math.rsqrt(variance + 1e-8)
