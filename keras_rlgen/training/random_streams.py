"""Stateless seeds: an agent's random numbers depend on its seed and step alone.

An agent that is saved, loaded and trained further uses the same random numbers as
without the interruption, since the only state is the number of steps.
"""

import hashlib

import tensorflow as tf


def stream_key(seed, stream):
    """Returns the key of one stream of random numbers.

    Args:
        seed: Integer, the agent's.
        stream: String or integer, the name of the stream. Streams are independent.

    Returns:
        Integer in [0, 2^31).

    Example:

    >>> stream_key(1, "sample") == stream_key(2, "sample")
    False
    """
    digest = hashlib.blake2b(f"{seed}/{stream}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little") & tf.int32.max


def stream_seed(seed, stream, step):
    """Returns the seed of one step of a stream.

    Args:
        seed: Integer, the agent's.
        stream: String, the name of the stream.
        step: Integer or integer scalar tensor. Random numbers of different steps are
            independent.

    Returns:
        Int32 tensor `(2,)` of numbers >= 0.

    Example:

    >>> first, again = stream_seed(1, "sample", 7), stream_seed(1, "sample", 7)
    >>> bool(tf.reduce_all(first == again))
    True
    """
    step = tf.bitwise.bitwise_and(tf.cast(step, tf.int64), tf.int32.max)
    return tf.stack([stream_key(seed, stream), tf.cast(step, tf.int32)])
