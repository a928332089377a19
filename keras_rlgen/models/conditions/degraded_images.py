import numpy as np
import tensorflow as tf


class DegradedImages:
    """Degraded images as the condition of a generative model.

    Args:
        shape: Tuple, the shape of one of them: `(height, width, channels)`; behind a
            `RandomMask` the last channel is the mask.

    Example:

    >>> DegradedImages((2, 2, 1)).validate(np.zeros((3, 2, 2, 1)), count=3).shape
    TensorShape([3, 2, 2, 1])
    """

    def __init__(self, shape):
        self.shape = tuple(shape)

    @property
    def spec(self):
        """The `tf.TensorSpec` of a batch of conditions."""
        return tf.TensorSpec((None, *self.shape), tf.float32, name="condition")

    def validate(self, condition, count=None):
        """Checks degraded images that a user gave.

        Args:
            condition: Array or tensor `(num_samples, ...)`.
            count: Integer, how many there have to be; `None` for any number.

        Returns:
            Float32 tensor of the same shape.

        Raises:
            ValueError: If they are of another shape, not `count`, or not finite.
        """
        images = np.asarray(condition, "float32")
        expected = ("num_samples" if count is None else count, *self.shape)
        if images.shape[1:] != self.shape or len(images) != (count or len(images)):
            raise self._shape_error(expected, images.shape)
        if not np.isfinite(images).all():
            raise self._finite_error()
        return tf.constant(images)

    def guarded(self, condition, health):
        """Returns degraded images of a training step, fit to compute with.

        Args:
            condition: Tensor `(batch, ...)`.
            health: `HealthMonitor` that takes note of values that are not finite.

        Raises:
            ValueError: If they are of another shape.
        """
        images = tf.cast(condition, tf.float32)
        if not images.shape[1:].is_compatible_with(self.shape):
            raise self._shape_error(("batch", *self.shape), tuple(images.shape))
        finite = tf.math.is_finite(images)
        health.check(self._finite_error(), tf.reduce_all(finite))
        return tf.where(finite, images, 0.0)

    def example(self, count):
        """Returns `count` conditions to try a network with."""
        return tf.zeros((count, *self.shape))

    def random(self, count, key):
        """Raises `ValueError`: what is to be restored cannot be drawn."""
        raise ValueError(
            "This model restores images: it needs them. Pass `condition=`, degraded "
            "images such as `model.degrade(images)`; or call `model.restore(degraded)`."
        )

    def _shape_error(self, expected, received):
        return ValueError(
            f"Expected degraded images of shape {expected}. Received: {received}. Make "
            "them by `model.degrade(images)`; with a mask of your own by "
            "`keras_rlgen.layers.mask_images(images, mask)`."
        )

    def _finite_error(self):
        return ValueError(
            "Expected finite degraded images; some hold NaN or infinity. Put 0 where "
            "pixels are missing, and 0 in the mask."
        )
