import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.rewards.images import check_images
from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen")
class BoundarySmoothness(Reward):
    """Minus the mean discontinuity at the boundary of the filled-in region.

    The mean absolute difference, over channels, between vertically or horizontally
    adjacent pixels, one known and the other filled in. 0 is best, also for an image
    without such pixels; -2 is worst for pixels in [-1, 1]. Real images have edges too,
    so give this a low weight next to a reward for realism.

    The mask is either fixed, or the last channel of the condition: the degraded images,
    `(batch, height, width, channels + 1)`, of restoring models with a `RandomMask`.

    Args:
        mask: Array `(height, width)`, true or 1 where pixels are known, the same
            for all samples. Defaults to each sample's own, from the condition.

    Raises:
        ValueError: If the samples are not images, if there is no mask, or if it is not
            of the images' height and width.

    Example:

    >>> images = tf.reshape(tf.constant([0.0, 0.0, 1.0, 1.0]), (1, 1, 4, 1))
    >>> known = tf.reshape(tf.constant([1.0, 1.0, 0.0, 1.0]), (1, 1, 4, 1))
    >>> degraded = tf.concat([images * known, known], axis=-1)
    >>> BoundarySmoothness()(images, degraded).numpy()
    array([-0.5], dtype=float32)
    """

    def __init__(self, mask=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if mask is not None and not np.isin(mask, (0, 1)).all():
            raise ValueError(
                "Expected a `mask` of 1 (known) and 0 (filled in). Received other "
                "values. Use `mask > threshold`."
            )
        self.mask = None if mask is None else np.asarray(mask, bool)

    def call(self, samples, condition=None, training=None):
        check_images(self, samples)
        mask = self._mask(samples, condition)
        if mask.shape[1:] != samples.shape[1:3]:
            raise ValueError(
                f"Reward '{self.name}' expected a mask of shape (height, width) = "
                f"{tuple(samples.shape[1:3])}. Received: {tuple(mask.shape[1:])}"
            )
        total, count = 0.0, 0.0
        for axis in (1, 2):
            step = tf.reduce_mean(tf.abs(_next_difference(samples, axis)), axis=-1)
            edge = tf.cast(
                _next_difference(tf.cast(mask, tf.int32), axis) != 0, step.dtype
            )
            total += tf.reduce_sum(step * edge, axis=[1, 2])
            count += tf.reduce_sum(edge, axis=[1, 2])
        return -tf.math.divide_no_nan(total, count + tf.zeros_like(total))

    def _mask(self, samples, condition):
        """Returns where pixels are known, bool `(1 or batch, height, width)`."""
        if self.mask is not None:
            return tf.constant(self.mask[np.newaxis])
        shape = condition.shape if tf.is_tensor(condition) else None
        # The condition has the mask as an extra channel.
        if shape is None or shape.rank != 4 or shape[-1] != samples.shape[-1] + 1:
            received = None if shape is None else f"shape {tuple(shape)}"
            raise ValueError(
                f"Reward '{self.name}' has no mask. It expected a condition of "
                "shape (batch, height, width, channels + 1), whose last channel is 1 "
                f"where pixels are known, for samples of shape {tuple(samples.shape)}. "
                f"Received: {received}. Give it a fixed mask, "
                "`BoundarySmoothness(mask)`; or compile a model with a `RandomMask`, "
                "or pass `keras_rlgen.layers.mask_images(images, mask)` as the "
                "condition."
            )
        return condition[..., -1] > 0.5

    def get_config(self):
        mask = None if self.mask is None else self.mask.tolist()
        return {**super().get_config(), "mask": mask}


def _next_difference(x, axis):
    if axis == 1:
        return x[:, 1:] - x[:, :-1]
    return x[:, :, 1:] - x[:, :, :-1]
