import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.rewards.images import check_images
from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen")
class BoundarySmoothness(Reward):
    """Minus the mean step across the edge of what was filled in.

    The mean absolute difference, over channels, between pixels above or beside
    each other of which one is known and the other was filled. 0 for no step, and
    for an image without such pixels; -2 at worst for pixels in [-1, 1]. An image
    has steps of its own, so weigh this low beside a reward for realism.

    The mask is either fixed, or comes with the samples: `with_mask` attaches it, and
    the restoring models do so to what they hand to their reward.

    Args:
        mask: Array `(height, width)`, true or 1 where pixels are known, the same
            for all samples. By default each sample's own.

    Raises:
        ValueError: If the samples are no images, if there is no mask, or if it is
            not of the images' height and width.
    """

    def __init__(self, mask=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.mask = None if mask is None else np.asarray(mask, bool)

    def call(self, samples, training=None):
        check_images(self, samples)
        if self.mask is None:
            mask = mask_of(samples)
        else:
            mask = tf.constant(self.mask[np.newaxis])
        if mask is None:
            raise ValueError(
                f"Reward '{self.name}' has no mask. Give it a fixed one, "
                "`BoundarySmoothness(mask)`, or hand it `with_mask(samples, mask)`."
            )
        if mask.shape.rank != 3 or mask.shape[1:] != samples.shape[1:3]:
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

    def get_config(self):
        mask = None if self.mask is None else self.mask.tolist()
        return {**super().get_config(), "mask": mask}


def with_mask(samples, mask):
    """Returns samples that carry a mask, for the rewards that ask for one.

    It is an attribute of the tensor. So it reaches each reward of a sum or product,
    and no reward needs to know of it that does not ask; but it is gone after any
    operation on the samples.

    Args:
        samples: Tensor `(batch, height, width, channels)`.
        mask: Tensor `(batch, height, width)`, true or 1 where pixels are known.

    Returns:
        A tensor of the same values.

    Example:

    >>> images = tf.reshape(tf.constant([0.0, 0.0, 1.0, 1.0]), (1, 1, 4, 1))
    >>> known = tf.constant([[[True, True, False, True]]])
    >>> BoundarySmoothness()(with_mask(images, known)).numpy()
    array([-0.5], dtype=float32)
    """
    samples = tf.identity(samples)
    samples._known_pixels = tf.cast(mask, tf.bool)
    return samples


def mask_of(samples):
    """Returns the mask that `with_mask` attached to samples, or `None`."""
    return getattr(samples, "_known_pixels", None)


def _next_difference(x, axis):
    if axis == 1:
        return x[:, 1:] - x[:, :-1]
    return x[:, :, 1:] - x[:, :, :-1]
