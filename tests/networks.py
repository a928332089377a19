"""Tiny networks and models that tests share; the same weights in every call."""

import keras
import numpy as np

from keras_rlgen.models import GAN, VAE, CategoricalVAE, ConditionalGAN
from keras_rlgen.rl_models import ReinforceGAN

layers = keras.layers

LATENT_DIM = 2
NUM_CLASSES = 3
TARGET = np.array([1.0, -0.5], "float32")


# Registered here, once: of two functions of one name the last would be loaded.
@keras.saving.register_keras_serializable("keras_rlgen_tests")
def closeness(samples):
    """Returns the negative squared distance from `TARGET`, as a reward."""
    return -keras.ops.sum(keras.ops.square(samples - TARGET), axis=-1)


def dense(units, activation=None, seed=0):
    return layers.Dense(
        units, activation, kernel_initializer=keras.initializers.GlorotUniform(seed)
    )


def linear(inputs, outputs, kernel=None, bias=None):
    """Returns a network of one dense layer, with given weights."""
    network = keras.Sequential([layers.Input((inputs,)), dense(outputs)])
    if kernel is not None:
        network.layers[0].kernel.assign(kernel)
    if bias is not None:
        network.layers[0].bias.assign(bias)
    return network


def generator(size=2, activation=None, latent_dim=LATENT_DIM):
    return keras.Sequential(
        [
            layers.Input((latent_dim,)),
            dense(4, "tanh", seed=1),
            dense(size, activation, seed=2),
        ]
    )


def discriminator(size=2, outputs=1):
    return keras.Sequential(
        [layers.Input((size,)), dense(4, "tanh", seed=3), dense(outputs, seed=4)]
    )


def image_generator():
    """Returns a generator of images `(4, 4, 1)` in [-1, 1]."""
    return keras.Sequential(
        [
            layers.Input((LATENT_DIM,)),
            dense(16, "tanh", seed=1),
            layers.Reshape((4, 4, 1)),
        ]
    )


def image_discriminator():
    return keras.Sequential(
        [layers.Input((4, 4, 1)), layers.Flatten(), dense(1, seed=3)]
    )


def stateful_discriminator(size=2):
    """Returns one with statistics and a random state of its own."""
    return keras.Sequential(
        [
            layers.Input((size,)),
            dense(4, seed=3),
            layers.BatchNormalization(),
            layers.Dropout(0.2, seed=5),
            dense(1, seed=4),
        ]
    )


def stateful_generator():
    return keras.Sequential(
        [
            layers.Input((LATENT_DIM,)),
            dense(4, "tanh", seed=1),
            layers.Dropout(0.2, seed=6),
            dense(2, seed=2),
        ]
    )


def with_labels(size, outputs, seed):
    """Returns a network of vectors and labels."""
    vectors = layers.Input((size,))
    labels = layers.Input((), dtype="int32")
    embedding = layers.Embedding(
        NUM_CLASSES,
        2,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0, seed=seed),
    )
    joined = layers.Concatenate()([vectors, embedding(labels)])
    hidden = dense(4, "tanh", seed=seed + 1)(joined)
    return keras.Model([vectors, labels], dense(outputs, seed=seed + 2)(hidden))


def gan(**kwargs):
    return GAN(generator(), discriminator(), LATENT_DIM, **{"seed": 0, **kwargs})


def conditional_gan(**kwargs):
    return ConditionalGAN(
        with_labels(LATENT_DIM, 2, seed=10),
        with_labels(2, 1, seed=20),
        LATENT_DIM,
        NUM_CLASSES,
        **{"seed": 0, **kwargs},
    )


def reinforce_gan(**kwargs):
    return ReinforceGAN(
        generator(), discriminator(), LATENT_DIM, **{"seed": 0, **kwargs}
    )


def vae(size=4, latent_dim=LATENT_DIM, **kwargs):
    """Returns a model of vectors; with `num_classes` the networks see labels."""
    make = layered if kwargs.get("num_classes") is None else with_labels
    return VAE(
        make(size, 2 * latent_dim, seed=10),
        make(latent_dim, size, seed=20),
        latent_dim,
        **{"seed": 0, **kwargs},
    )


def categorical_vae(size=4, num_latents=2, num_codes=3, **kwargs):
    decoder = keras.Sequential(
        [
            layers.Input((num_latents, num_codes)),
            layers.Flatten(),
            dense(4, "tanh", seed=21),
            dense(size, seed=22),
        ]
    )
    encoder = layered(size, num_latents * num_codes, seed=11)
    arguments = {"seed": 0, **kwargs}
    return CategoricalVAE(encoder, decoder, num_latents, num_codes, **arguments)


def layered(inputs, outputs, seed):
    return keras.Sequential(
        [
            layers.Input((inputs,)),
            dense(4, "tanh", seed=seed),
            dense(outputs, seed=seed + 1),
        ]
    )


def binary_samples(count=12, size=4):
    random = np.random.default_rng(0)
    return random.integers(0, 2, size=(count, size)).astype("float32")


def real_samples(count=12, size=2):
    random = np.random.default_rng(0)
    return random.normal(1.0, 0.5, size=(count, size)).astype("float32")


def real_labels(count=12):
    return np.arange(count) % NUM_CLASSES


def values(*parts):
    """Returns copies of the weights of models, layers or optimizers."""
    return [
        np.array(v) for p in parts for v in getattr(p, "weights", None) or p.variables
    ]


def assert_same(first, second, rtol=0.0, atol=0.0):
    assert len(first) == len(second) > 0
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


def differ(first, second):
    return any((a != b).any() for a, b in zip(first, second, strict=True))
