"""Tiny networks and images for models that restore."""

import math

import keras
import numpy as np

from tests.networks import dense

layers = keras.layers

SHAPE = (4, 4, 1)
MASKED = (4, 4, 2)


def network(inputs, outputs, shape=None, activation=None, hidden=8):
    """Returns a network of two inputs, seen flat beside each other."""
    inputs = [layers.Input(part) for part in inputs]
    joined = layers.Concatenate()([layers.Flatten()(x) for x in inputs])
    result = dense(outputs, activation, seed=2)(dense(hidden, "tanh", seed=1)(joined))
    if shape is not None:
        result = layers.Reshape(shape)(result)
    return keras.Model(inputs, result)


def generator(degraded=MASKED, shape=SHAPE, hidden=8):
    return network([(2,), degraded], math.prod(shape), shape, "tanh", hidden)


def discriminator(degraded=MASKED):
    return network([SHAPE, degraded], 1)


def encoder(degraded=MASKED, hidden=8):
    return network([SHAPE, degraded], 4, hidden=hidden)


def images(count=32):
    """Returns images whose every pixel is the same, dark or light."""
    values = np.where(np.arange(count) % 2, 0.8, -0.8)[:, None, None, None]
    return np.broadcast_to(values, (count, *SHAPE)).astype("float32")
