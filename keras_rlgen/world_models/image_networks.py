"""Default encoders and decoders of images."""

import math

import keras
import numpy as np
from keras import layers

SMALLEST = 4  # pixels of a side at which convolutions end


def image_encoder(image_shape, latent_dim, filters=16, seed=None):
    """Returns a network from images to latents in (-1, 1).

    Convolutions of stride 2 halve the image until a side has at most four pixels.

    Args:
        image_shape: Tuple `(height, width, channels)`.
        latent_dim: Integer, the size of a latent.
        filters: Integer, of the first convolution; each further one has twice as many.
        seed: Integer or `None`, the seed of the weights.

    Returns:
        Built `keras.Model`.
    """
    seeded = _seeded(seed)
    stack = [keras.Input(image_shape)]
    for index in range(_num_halvings(image_shape)):
        units = filters * 2**index
        stack.append(seeded(layers.Conv2D, units, 4, 2, "same", activation="swish"))
    stack += [layers.Flatten(), seeded(layers.Dense, latent_dim, "tanh")]
    return keras.Sequential(stack, name="image_encoder")


def image_decoder(image_shape, feature_dim, filters=16, seed=None):
    """Returns a network from features to images, the mirror of `image_encoder`.

    Args:
        image_shape: Tuple `(height, width, channels)`.
        feature_dim: Integer, the size of its input.
        filters: Integer, as in `image_encoder`.
        seed: Integer or `None`, the seed of the weights.

    Returns:
        Built `keras.Model`.
    """
    height, width, channels = image_shape
    count = _num_halvings(image_shape)
    small = math.ceil(height / 2**count), math.ceil(width / 2**count)
    widest = filters * 2 ** max(count - 1, 0)
    seeded = _seeded(seed)
    units = math.prod(small) * widest
    stack = [keras.Input((feature_dim,)), seeded(layers.Dense, units)]
    stack.append(layers.Reshape((*small, widest)))
    for index in reversed(range(count)):
        stack.append(layers.Activation("swish"))
        units = filters * 2 ** (index - 1) if index else channels
        stack.append(seeded(layers.Conv2DTranspose, units, 4, 2, "same"))
    if not count:
        stack.append(seeded(layers.Conv2D, channels, 1))
    excess = small[0] * 2**count - height, small[1] * 2**count - width
    if any(excess):
        stack.append(layers.Cropping2D(((0, excess[0]), (0, excess[1]))))
    return keras.Sequential(stack, name="image_decoder")


def _num_halvings(image_shape):
    smaller = min(image_shape[:2])
    return max(0, math.ceil(math.log2(smaller / SMALLEST)))


def _seeded(seed):
    """Returns a function that makes layers, each with a seed of its own."""
    random = np.random.default_rng(seed)

    def make(kind, *args, **kwargs):
        initializer = keras.initializers.GlorotUniform(int(random.integers(2**31)))
        return kind(*args, kernel_initializer=initializer, **kwargs)

    return make
