"""Rewards computed from images without a model."""

import keras
import tensorflow as tf

from keras_rlgen.rewards.refuse_transition import refuse_transition
from keras_rlgen.rewards.reward import Reward


def check_images(reward, images):
    """Raises an error unless `images` is of shape (batch, height, width, channels)."""
    refuse_transition(reward, images)
    if images.shape.rank != 4:
        raise ValueError(
            f"Reward '{reward.name}' expected images of shape "
            f"(batch, height, width, channels). Received: {tuple(images.shape)}"
        )


@keras.saving.register_keras_serializable("keras_rlgen")
class Sharpness(Reward):
    """Mean absolute response to the Laplacian, in pixel units.

    The five-point Laplacian at inner pixels: 0 for a flat image, 8 at most for one in
    [-1, 1]. The absolute value, not the square, so that one bright pixel does not
    outweigh many edges. Noise is sharp too: combine this with a reward for realism.

    Reference:
        [Pertuz et al., 2013](https://doi.org/10.1016/j.patcog.2012.11.011), the
        Laplacian family of focus measures (LAP1).
    """

    def call(self, samples, condition=None, training=None):
        check_images(self, samples)
        if min(samples.shape[1], samples.shape[2]) < 3:
            raise ValueError(
                f"Reward '{self.name}' expected images of at least 3 x 3 pixels. "
                f"Received: {tuple(samples.shape)}"
            )
        center = samples[:, 1:-1, 1:-1]
        response = (
            samples[:, :-2, 1:-1]
            + samples[:, 2:, 1:-1]
            + samples[:, 1:-1, :-2]
            + samples[:, 1:-1, 2:]
            - 4.0 * center
        )
        return tf.reduce_mean(tf.abs(response), axis=[1, 2, 3])


@keras.saving.register_keras_serializable("keras_rlgen")
class Contrast(Reward):
    """Root-mean-square contrast: the standard deviation of an image's pixels.

    In pixel units: between 0 and 1 for images in [-1, 1].

    Reference:
        [Peli, 1990](https://doi.org/10.1364/JOSAA.7.002032), section 2.
    """

    def call(self, samples, condition=None, training=None):
        check_images(self, samples)
        return tf.math.reduce_std(samples, axis=[1, 2, 3])
