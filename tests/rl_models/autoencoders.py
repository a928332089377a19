"""Autoencoders for tests of `RLVAE`, and the exact gradient of their bound."""

import math

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.rl_models import RLVAE
from tests.networks import layered

layers = keras.layers
KEY = tf.constant([3, 4])
BINARY = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]], "float32")
LATENTS = {"normal": 1, "categorical": (2, 3)}


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def rounded(samples):
    """A reward without a gradient."""
    return keras.ops.sum(keras.ops.round(samples), axis=-1)


def rl_vae(kind="normal", **kwargs):
    """Returns a model of two bits, with one normal latent or two of three codes."""
    latent_dim = LATENTS[kind]
    if kind == "normal":
        encoder, decoder = layered(2, 2, seed=10), layered(1, 2, seed=20)
    else:
        encoder = layered(2, 6, seed=10)
        flatten = [layers.Input((2, 3)), layers.Flatten(), layered(6, 2, seed=20)]
        decoder = keras.Sequential(flatten)
    # The posterior is away from the prior, and the divergence has a slope.
    bias = encoder.layers[-1].bias
    bias.assign(np.linspace(1.0, -1.0, bias.shape[0]))
    return RLVAE(encoder, decoder, latent_dim, **{"seed": 0, **kwargs})


def compiled(kind="normal", **kwargs):
    model = rl_vae(kind)
    defaults = {
        "optimizer": keras.optimizers.SGD(0.1),
        "num_importance_samples": 2,
        "run_eagerly": True,
    }
    model.compile(**{**defaults, **kwargs})
    return model


def exact_gradient(model, beta, reward):
    """Encoder's and decoder's gradients, by sums over all latents of each sample."""
    decoder = model.decoder
    with tf.GradientTape(persistent=True) as tape:
        posterior = model.posterior(BINARY)
        if model.latents.kind == "categorical":
            choices = np.array([(a, b) for a in range(3) for b in range(3)])
            codes = posterior.distribution.probs_parameter()
            first, second = (
                tf.gather(codes[:, i], choices[:, i], axis=1) for i in (0, 1)
            )
            weights = first * second
            latents = tf.tile(np.eye(3, dtype="float32")[choices][None], [3, 1, 1, 1])
        else:
            nodes, weights = np.polynomial.hermite_e.hermegauss(24)
            weights = np.float32([weights] * 3) / math.sqrt(2.0 * math.pi)
            latents = posterior.mean() + posterior.stddev() * np.float32(nodes)
        flat = tf.reshape(latents, [-1, *decoder.input_shape[1:]])
        on = tf.sigmoid(tf.reshape(decoder(flat), [3, -1, 2]))
        chances = tf.where(BINARY[:, None] == 1.0, on, 1.0 - on)
        nll = -tf.reduce_sum(tf.math.log(chances), axis=-1)
        judged = tf.reshape(reward(tf.reshape(on, [-1, 2])), [3, -1])
        encoder_loss = tf.reduce_sum(weights * (nll - judged))
        encoder_loss += beta * tf.reduce_sum(model.latents.kl(posterior))
        decoder_loss = tf.reduce_sum(weights * nll)
    gradients = [
        *tape.gradient(encoder_loss, model.encoder.trainable_variables),
        *tape.gradient(decoder_loss, decoder.trainable_variables),
    ]
    return np.concatenate([np.ravel(g) for g in gradients]) / len(BINARY)


def nothing(samples):
    return 0.0 * samples[:, 0]
