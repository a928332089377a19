"""Hashes of n-grams, the same in NumPy and in a graph."""

import numpy as np
import tensorflow as tf

# An odd number of 64 bits: the multiplier of a polynomial modulo 2 ** 64.
MULTIPLIER = -7046029254386353131


def n_gram_hashes(tokens, order):
    """Computes a hash of each n-gram, by a polynomial of its tokens modulo `2 ** 64`.

    Two different ones of a corpus of a million have the same hash with a probability
    of about 1e-7.

    Args:
        tokens: Int64 NumPy array or tensor `(batch, length)`, `length >= order`.
        order: Integer >= 1, n.

    Returns:
        Int64 array or tensor `(batch, length - order + 1)`.

    Example:

    >>> hashes = n_gram_hashes(np.array([[1, 2, 1, 2]]), order=2)
    >>> bool(hashes[0, 0] == hashes[0, 2]), bool(hashes[0, 0] == hashes[0, 1])
    (True, False)
    """
    places = tokens.shape[1] - order + 1
    one = np.int64(1)
    hashes = tokens[:, :places] + one
    with np.errstate(over="ignore"):
        for offset in range(1, order):
            following = tokens[:, offset : offset + places] + one
            hashes = hashes * np.int64(MULTIPLIER) + following
    return hashes


def occurrences(hashes, valid):
    """Computes which occurrence of its n-gram in its sequence each place is.

    Args:
        hashes: Int64 tensor `(batch, places)`.
        valid: Bool tensor `(batch, places)`.

    Returns:
        Int32 tensor `(batch, places)`: 1 for the first, 2 for the second, and so on; 0
        where not valid.

    Example:

    >>> hashes = tf.constant([[7, 8, 7, 7]], tf.int64)
    >>> occurrences(hashes, tf.constant([[True, True, True, False]])).numpy().tolist()
    [[1, 1, 2, 0]]
    """
    places = hashes.shape[1]
    same = tf.equal(hashes[:, :, tf.newaxis], hashes[:, tf.newaxis])
    same &= np.tri(places, dtype=bool) & valid[:, tf.newaxis]
    counts = tf.reduce_sum(tf.cast(same, tf.int32), axis=-1)
    return tf.where(valid, counts, 0)


def looked_up(keys, values, queries):
    """Returns the value of each key, 0 where there is none.

    Args:
        keys: Int64 tensor `(num_keys,)`, sorted, all different, at least one.
        values: Tensor `(num_keys,)`.
        queries: Int64 tensor of any shape.

    Returns:
        Tensor of the shape of `queries` and the dtype of `values`.

    Example:

    >>> keys, values = tf.constant([2, 5, 9], tf.int64), tf.constant([20, 50, 90])
    >>> looked_up(keys, values, tf.constant([9, 1, 5], tf.int64)).numpy().tolist()
    [90, 0, 50]
    """
    # `tf.searchsorted` compares with every key under XLA.
    size = int(keys.shape[0])
    place = tf.zeros_like(queries, tf.int32)
    step = 1 << max(size - 1, 1).bit_length()
    while step:
        probe = place + step
        inside = probe < size
        key = tf.gather(keys, tf.where(inside, probe, 0))
        place = tf.where(inside & (key <= queries), probe, place)
        step //= 2
    found = tf.equal(tf.gather(keys, place), queries)
    value = tf.gather(values, place)
    return tf.where(found, value, tf.zeros_like(value))
