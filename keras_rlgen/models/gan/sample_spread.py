import math

import keras
import tensorflow as tf


class SampleSpread:
    """The variance of generated samples over the batch, beside that of real ones.

    Example:

    >>> spread = SampleSpread()
    >>> spread.update(real=tf.constant([[-1.0], [1.0]]), generated=tf.zeros((2, 1)))
    >>> spread.relative()
    0.0
    """

    def __init__(self):
        self._real, self._generated = (
            keras.metrics.Mean(name=f"{kind}_spread") for kind in ("real", "generated")
        )

    def update(self, real, generated, noise_variance=0.0, counted=None):
        """Adds a batch, inside a graph too.

        Args:
            real: Float tensor `(batch, ...)`.
            generated: Float tensor `(batch, ...)`.
            noise_variance: Float, or float32 scalar tensor: the variance of noise in
                `generated`, which is subtracted.
            counted: Bool tensor that broadcasts to `(batch, ...)`, the elements that
                were generated; `None` for all.
        """
        self._real.update_state(batch_variance(real, counted))
        generated = batch_variance(generated, counted)
        self._generated.update_state(generated - noise_variance)

    def relative(self):
        """Returns the ratio of both in the batches since the last call, a float.

        It is infinite if the real samples were all alike.
        """
        real, generated = (float(m.result()) for m in (self._real, self._generated))
        for tracker in self._real, self._generated:
            tracker.reset_state()
        return max(generated, 0.0) / real if real > 0.0 else math.inf


def batch_variance(samples, counted=None):
    """Computes the variance over the batch, the mean over the elements of a sample.

    Args:
        samples: Tensor `(batch, ...)`.
        counted: Bool tensor that broadcasts to it, or `None`. Elsewhere elements are
            left out: the variance of each element is over the samples in which it
            counts, and the mean over elements is weighted by their number.

    Returns:
        Float32 scalar.

    Example:

    >>> samples = tf.constant([[1.0, 5.0], [3.0, 9.0], [7.0, 5.0]])
    >>> counted = tf.constant([[True, False], [True, False], [False, False]])
    >>> batch_variance(samples, counted).numpy()
    np.float32(1.0)
    """
    samples = tf.cast(samples, tf.float32)
    if counted is None:
        return tf.reduce_mean(tf.math.reduce_variance(samples, axis=0))
    weights = tf.broadcast_to(tf.cast(counted, tf.float32), tf.shape(samples))
    counts = tf.reduce_sum(weights, axis=0)
    means = tf.math.divide_no_nan(tf.reduce_sum(weights * samples, axis=0), counts)
    squares = tf.reduce_sum(weights * tf.square(samples - means))
    return tf.math.divide_no_nan(squares, tf.reduce_sum(counts))
