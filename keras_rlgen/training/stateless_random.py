"""Stateless random numbers that are the same with and without XLA.

`tf.random.stateless_uniform` gives other floats under XLA than without it, and other
integers where the seed is negative, as those of `tf.random.split` often are. Here a
seed gives the same numbers in both, and so the same episodes.
"""

import tensorflow as tf

from keras_rlgen.arguments import is_integer

_RESOLUTION = 2**24  # Every integer below it is exact in float32.


def validated_seed(seed):
    """Validates `seed`, and returns it as an int32 tensor `(2,)` of numbers >= 0.

    Args:
        seed: Integer tensor `(2,)`. The sign bit is cleared.

    Raises:
        ValueError: If `seed` has another shape, or is a tuple of something else.
    """
    if isinstance(seed, (tuple, list)):
        for value in tf.nest.flatten(seed):
            if not tf.is_tensor(value) and not is_integer(value):
                raise ValueError(
                    "Expected `seed` to be two integers, such as `(0, 1)`. "
                    f"Received: {seed!r}"
                )
    seed = tf.cast(seed, tf.int32)
    if seed.shape != (2,):
        raise ValueError(
            "Expected `seed` of shape (2,), such as `(0, 1)` or one row of "
            f"`tf.random.split((0, 1), num)`. Received: shape {tuple(seed.shape)}"
        )
    return tf.bitwise.bitwise_and(seed, tf.int32.max)


def uniform(shape, seed, low, high):
    """Samples independent float32 numbers uniformly from [low, high].

    Args:
        shape: Shape of the result.
        seed: Integer tensor `(2,)`.
        low: Float, or float32 array that broadcasts to `shape`.
        high: Float, or float32 array that broadcasts to `shape`.

    Returns:
        Float32 tensor of shape `shape`.

    Example:

    >>> draws = uniform((1000,), seed=(0, 1), low=-2.0, high=2.0)
    >>> bool(tf.reduce_all(tf.abs(draws) <= 2.0))
    True
    """
    fractions = tf.cast(integers(shape, seed, _RESOLUTION), tf.float32) / _RESOLUTION
    return low + (high - low) * fractions


def gumbel(shape, seed):
    """Samples independent float32 numbers from Gumbel's distribution.

    The argmax of log-probabilities plus such numbers is a sample of the categories.

    Args:
        shape: Shape of the result.
        seed: Integer tensor `(2,)`.

    Example:

    >>> draws = gumbel((10_000,), seed=(0, 1))
    >>> bool(abs(tf.reduce_mean(draws) - 0.5772) < 0.05)
    True
    """
    return -tf.math.log(-tf.math.log(uniform(shape, seed, 0.0, 1.0)))


def integers(shape, seed, count):
    """Samples independent int32 numbers uniformly from [0, count).

    Args:
        shape: Shape of the result.
        seed: Integer tensor `(2,)`.
        count: Integer >= 1.

    Returns:
        Int32 tensor of shape `shape`.

    Example:

    >>> draws = integers((1000,), seed=(0, 1), count=3)
    >>> int(tf.reduce_min(draws)), int(tf.reduce_max(draws))
    (0, 2)
    """
    return tf.random.stateless_uniform(
        shape, validated_seed(seed), maxval=count, dtype=tf.int32
    )
