"""Uniform draws that do not depend on how a function is compiled."""

import tensorflow as tf

_RESOLUTION = 2**24  # Every integer below it is exact in float32.


def uniform(shape, seed, low, high):
    """Draws float32 numbers in [low, high], each independent of the others.

    `tf.random.stateless_uniform` gives other floats under XLA than without it, yet
    the same integers. The numbers are made from integers here, so that a seed means
    the same episodes whether a step is compiled or not.

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
    integers = tf.random.stateless_uniform(
        shape, seed, maxval=_RESOLUTION, dtype=tf.int32
    )
    return low + (high - low) * (tf.cast(integers, tf.float32) / _RESOLUTION)
