"""Stateless seeds: what an agent draws depends on its seed and its step alone.

An agent that is saved, loaded and trained on draws what it would have drawn without the
interruption, since there is no state but the count of steps.
"""

import hashlib

import tensorflow as tf


def stream_key(seed, stream):
    """Returns the number that stands for one stream of draws.

    Args:
        seed: Integer, the agent's.
        stream: String or integer, what is drawn. Streams are independent.

    Returns:
        Integer in [0, 2^31).

    Example:

    >>> stream_key(1, "sample") == stream_key(2, "sample")
    False
    """
    digest = hashlib.blake2b(f"{seed}/{stream}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little") & tf.int32.max


def stream_seed(seed, stream, step):
    """Returns the seed of one draw.

    Args:
        seed: Integer, the agent's.
        stream: String, what is drawn.
        step: Integer or integer scalar tensor, the step for which it is drawn. Draws
            of different steps are independent.

    Returns:
        Int32 tensor `(2,)` of numbers >= 0.

    Example:

    >>> first, again = stream_seed(1, "sample", 7), stream_seed(1, "sample", 7)
    >>> bool(tf.reduce_all(first == again))
    True
    """
    step = tf.bitwise.bitwise_and(tf.cast(step, tf.int64), tf.int32.max)
    return tf.stack([stream_key(seed, stream), tf.cast(step, tf.int32)])
