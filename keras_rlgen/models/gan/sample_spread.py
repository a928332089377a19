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

    def update(self, real, generated, noise_variance=0.0):
        """Adds a batch, inside a graph too.

        Args:
            real: Float tensor `(batch, ...)`.
            generated: Float tensor `(batch, ...)`.
            noise_variance: Float, or float32 scalar tensor: the variance of noise in
                `generated`, which is subtracted.
        """
        self._real.update_state(batch_variance(real))
        self._generated.update_state(batch_variance(generated) - noise_variance)

    def relative(self):
        """Returns the ratio of both in the batches since the last call, a float.

        It is infinite if the real samples were all alike.
        """
        real, generated = (float(m.result()) for m in (self._real, self._generated))
        for tracker in self._real, self._generated:
            tracker.reset_state()
        return max(generated, 0.0) / real if real > 0.0 else math.inf


def batch_variance(samples):
    """Computes the variance over the batch, the mean over the elements of a sample.

    Args:
        samples: Tensor `(batch, ...)`.

    Returns:
        Float32 scalar.
    """
    samples = tf.cast(samples, tf.float32)
    return tf.reduce_mean(tf.math.reduce_variance(samples, axis=0))
