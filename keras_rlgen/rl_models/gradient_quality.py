"""Signal, noise and bias of a gradient estimator."""

import math

import tensorflow as tf


def gradient_moments(gradient, size, num_repeats, key):
    """Computes the mean and variance of independent gradient samples, in a graph.

    Args:
        gradient: Callable from an int32 key `(2,)` to a float32 tensor `(size,)`.
        size: Integer, the number of elements.
        num_repeats: Integer, at least 2.
        key: Int32 tensor `(2,)`.

    Returns:
        A pair: the mean and the unbiased variance of each element, float32 `(size,)`.

    Reference:
        [Welford, 1962](https://doi.org/10.1080/00401706.1962.10490022).

    Example:

    >>> noise = lambda key: tf.random.stateless_normal((2,), key)
    >>> mean, variance = gradient_moments(noise, 2, 1000, tf.constant([0, 1]))
    >>> bool(tf.reduce_all(tf.abs(variance - 1.0) < 0.2))
    True
    """
    keys = tf.random.experimental.stateless_split(key, num_repeats)
    zeros = tf.zeros((size,))

    def add(moments, key_and_count):
        (mean, squares), (key, count) = moments, key_and_count
        deviation = gradient(key) - mean
        mean += deviation / count
        return mean, squares + (count - 1.0) / count * tf.square(deviation)

    counts = tf.range(1, num_repeats + 1, dtype=tf.float32)
    mean, squares = tf.foldl(add, (keys, counts), (zeros, zeros))
    return mean, squares / (num_repeats - 1)


def gradient_quality(mean, variance, num_repeats, reference=None):
    """Computes signal-to-noise ratio and bias of an estimator from its moments.

    Noise increases the squared norm of the sample mean by `variance / num_repeats`, and
    likewise its squared distance from the reference. Both are corrected for this, and
    clipped at zero.

    Args:
        mean: Array `(size,)`.
        variance: Float, the variance of one sample, summed over elements.
        num_repeats: Integer, the number of samples in the mean.
        reference: `None`, or a pair: an array `(size,)`, an unbiased estimate of the
            gradient, and the summed variance of that estimate, 0 for an exact one.

    Returns:
        Dict from `signal_to_noise`, `gradient_variance`, `relative_bias` and
        `relative_noise` to floats; the last two are NaN without a reference.

    Example:

    >>> quality = gradient_quality([3.0, 4.0], 4.0, 4, ([3.0, 0.0], 0.0))
    >>> [round(value, 3) for value in quality.values()]
    [2.449, 4.0, 1.291, 0.333]
    """
    noise = variance / num_repeats

    def norm(vector, squared_noise):
        squared = float(tf.reduce_sum(tf.square(vector)))
        return math.sqrt(max(squared - float(squared_noise), 0.0))

    signal = norm(mean, noise)
    relative_bias = relative_noise = math.nan
    if reference is not None:
        exact, exact_noise = reference
        total_noise = noise + exact_noise
        length = norm(exact, exact_noise) or math.nan
        relative_bias = norm(tf.subtract(mean, exact), total_noise) / length
        relative_noise = math.sqrt(total_noise) / length
    return {
        "signal_to_noise": signal / math.sqrt(variance) if variance else math.inf,
        "gradient_variance": float(variance),
        "relative_bias": relative_bias,
        "relative_noise": relative_noise,
    }
