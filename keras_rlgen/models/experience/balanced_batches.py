import numpy as np
import tensorflow as tf

from keras_rlgen.training.stateless_random import integers, uniform
from keras_rlgen.training.untuned import untuned


def balanced_batches(inputs, targets, ends, end_fraction, batch_size, seed, noise=0.0):
    """Returns an endless data set of random batches in which ends are not rare.

    Rows are sampled with replacement. A row of each batch is the end of an episode with
    probability `end_fraction`, or as often as in the data if that is more.

    Args:
        inputs: Float32 array `(rows, input_dim)`.
        targets: Float32 array `(rows, output_dim)`.
        ends: Bool array `(rows,)`, which rows are ends.
        end_fraction: Float in [0, 1).
        batch_size: Integer.
        seed: Integer.
        noise: Float, the standard deviation of normal noise that is added to targets.

    Returns:
        `tf.data.Dataset` of pairs: targets `(batch_size, output_dim)`, and inputs
        `(batch_size, input_dim)`.

    Example:

    >>> rows = tf.reshape(tf.range(100.0), (100, 1)).numpy()
    >>> data = balanced_batches(rows, rows, rows[:, 0] > 98.0, 0.5, 1000, seed=0)
    >>> targets, inputs = next(iter(data))
    >>> bool(abs(tf.reduce_mean(tf.cast(targets > 98.0, tf.float32)) - 0.5) < 0.1)
    True
    """
    order = tf.argsort(tf.cast(ends, tf.int32), stable=True)
    inputs, targets = tf.gather(inputs, order), tf.gather(targets, order)
    fraction = _fraction(ends, end_fraction)
    num_ends = int(np.count_nonzero(ends))
    num_others = len(ends) - num_ends

    def batch(index):
        keys = tf.unstack(tf.random.split((seed, index), 4))
        of_ends = integers((batch_size,), keys[0], max(num_ends, 1)) + num_others
        of_others = integers((batch_size,), keys[1], max(num_others, 1))
        is_end = uniform((batch_size,), keys[2], 0.0, 1.0) < fraction
        rows = tf.where(is_end, of_ends, of_others)
        batch = tf.gather(targets, rows)
        if noise:
            batch += tf.random.stateless_normal(tf.shape(batch), keys[3], stddev=noise)
        return batch, tf.gather(inputs, rows)

    return untuned(tf.data.Dataset.counter(dtype=tf.int32).map(batch))


def end_odds_ratio(ends, end_fraction):
    """Returns the factor by which balanced batches raise the odds of an end.

    Args:
        ends: Bool array `(rows,)`, as in `balanced_batches`.
        end_fraction: Float in [0, 1), as in `balanced_batches`.

    Returns:
        Float >= 1.

    Example:

    >>> end_odds_ratio(np.array([True] + [False] * 9), 0.5)
    9.0
    """
    in_data, in_batches = np.mean(ends), _fraction(ends, end_fraction)
    if in_data in (0.0, 1.0):
        return 1.0
    return float(in_batches / (1.0 - in_batches) / (in_data / (1.0 - in_data)))


def _fraction(ends, end_fraction):
    in_data = float(np.mean(ends))
    return max(end_fraction, in_data) if in_data else 0.0
