"""Random rows of a table, inside a graph that XLA compiles."""

import tensorflow as tf

from keras_rlgen.training.stateless_random import integers


def sampled_rows(table, count, seed):
    """Samples rows of a table that is in random order.

    XLA's gather takes a microsecond a row on CPUs. Of short rows, a random block of
    neighbours is taken instead, as a product with a one-hot vector: each row of the
    result is one of `len(table) // count` rows, which are no others than the rest.

    Args:
        table: Float32 tensor `(rows, ...)` of finite numbers, in random order.
        count: Integer >= 1.
        seed: Integer tensor `(2,)`.

    Returns:
        Float32 tensor `(count, ...)`.

    Example:

    >>> table = tf.reshape(tf.range(12.0), (6, 2))
    >>> sampled_rows(table, 2, seed=(0, 1)).shape
    TensorShape([2, 2])
    """
    rows, *shape = table.shape
    num_blocks = rows // count
    if len(shape) > 1 or num_blocks < 2:
        return tf.gather(table, integers((count,), seed, rows))
    blocks = tf.reshape(table[: num_blocks * count], (num_blocks, -1))
    chosen = tf.one_hot(integers((1,), seed, num_blocks), num_blocks)
    return tf.reshape(tf.matmul(chosen, blocks), (count, *shape))
