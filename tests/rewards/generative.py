"""Tiny generative models of vectors that rewards score with."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.distributions import Normal
from keras_rlgen.models import VAE
from tests.networks import layered


def vae(size=2, seed=0):
    """Returns a VAE of real vectors with two latents."""
    encoder, decoder = layered(size, 4, seed=1), layered(2, size, seed=3)
    return VAE(encoder, decoder, 2, Normal(0.5), seed=seed)


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class StandardNormal(keras.Model):
    """A model of independent standard normal numbers, of any shape."""

    def log_prob(self, samples, condition=None, seed=None):
        terms = -0.5 * tf.square(samples) - 0.5 * np.log(2.0 * np.pi)
        return tf.reduce_sum(terms, axis=list(range(1, samples.shape.rank)))

    def get_config(self):
        return {}


def restored(reward):
    """Returns a reward of the same config and the same weights."""
    config = keras.saving.serialize_keras_object(reward)
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is type(reward) and again.name == reward.name
    for variable, value in zip(again.variables, reward.variables, strict=True):
        variable.assign(value)
    return again
