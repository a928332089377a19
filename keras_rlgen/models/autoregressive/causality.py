"""Checks that a network predicts each value of an image from earlier ones only."""

import numpy as np
import tensorflow as tf

from keras_rlgen.models.random_weights import random_weights

MAX_POSITIONS = 16
OF_IMAGES = (
    "Use `GatedPixelCNN`, or `keras_rlgen.layers.MaskedConvolution` with mask 'A' in "
    "the first layer, and no other layer that mixes pixels."
)


def check_causality(logits, image_shape, value_range, network, remedy=OF_IMAGES):
    """Raises an error if a prediction depends on its own value or on later ones.

    It inspects the gradients of up to 16 evenly spread predictions at random images,
    with the network's own weights and with random ones: weights of zero would hide what
    a prediction can depend on.

    Args:
        logits: Function of images `(batch, height, width, channels)` that returns
            logits `(batch, height, width, channels, num_levels)`.
        image_shape: `(height, width, channels)`; of vectors `(dim,)`.
        value_range: `(low, high)` of the images.
        network: The Keras model that computes the logits.
        remedy: String, what the error says last.

    Raises:
        ValueError: If a gradient reaches values later in raster order.
    """
    _check_gradients(logits, image_shape, value_range, remedy)
    with random_weights(network):
        _check_gradients(logits, image_shape, value_range, remedy)


def _check_gradients(logits, image_shape, value_range, remedy):
    size = int(np.prod(image_shape))
    positions = np.unique(np.linspace(0, size - 1, MAX_POSITIONS).astype(int))
    random = np.random.default_rng(0)
    images = random.uniform(*value_range, (len(positions), *image_shape))
    images = tf.constant(images, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = tf.cast(logits(images), tf.float32)
        outputs = tf.reshape(outputs, (len(positions), size, -1))
        weights = random.normal(size=outputs.shape[-1]).astype("float32")
        seen = tf.linalg.matvec(tf.gather(outputs, positions, batch_dims=1), weights)
    gradients = tape.gradient(seen, images)
    if gradients is None:
        return
    gradients = gradients.numpy().reshape(len(positions), size)
    for position, gradient in zip(positions, gradients, strict=True):
        later = np.flatnonzero(gradient[position:])
        if later.size:
            at, source = (
                tuple(map(int, np.unravel_index(i, image_shape)))
                for i in (position, position + later[-1])
            )
            raise ValueError(
                "Expected an autoregressive network: a prediction depends on values "
                "earlier in raster order (row, column, channel) only. That at "
                f"{at} depends on the value at {source}. {remedy}"
            )
