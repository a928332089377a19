import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.distributions import Normal
from keras_rlgen.environments.latent_decoder import LatentDecoder
from keras_rlgen.models import GAN, StochasticGenerator
from tests import networks

LATENTS = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
SEEDS = np.array([[0, 1], [0, 2], [3, 4], [0, 1], [5, 6]], "int32")


def seeded(latents, seed):
    return latents + tf.random.stateless_normal(latents.shape, seed)


@pytest.mark.parametrize(
    "decode",
    [
        tf.tanh,
        networks.generator(),
        networks.gan(),
        networks.vae().decode,
        functools.partial(tf.multiply, 2.0),
        # What explores is emitted as its mode.
        StochasticGenerator(networks.generator(), Normal(scale=0.1)),
    ],
    ids=["function", "network", "gan", "method", "partial", "exploring"],
)
def test_deterministic_decoders_are_called_as_they_are(decode):
    decoder = LatentDecoder(decode)
    assert not decoder.stochastic
    np.testing.assert_array_equal(decoder(LATENTS, ()), decode(LATENTS))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_each_latent_has_its_own_seed(jit_compile):
    generator = StochasticGenerator(networks.generator(64), "bernoulli", seed=0)
    gan = GAN(generator, networks.discriminator(64), 2)
    same = tf.tile(LATENTS[:1], (5, 1))
    stream = np.array(generator.seed_generator.state)
    for decode in (generator, gan):
        decoder = LatentDecoder(decode)
        assert decoder.stochastic
        compiled = tf.function(decoder, jit_compile=jit_compile)
        samples = compiled(same, tf.constant(SEEDS)).numpy()
        assert samples.shape == (5, 64) and samples.dtype == np.float32
        np.testing.assert_array_equal(samples[3], samples[0])
        assert len(np.unique(samples, axis=0)) == 4
        # Whatever else is in the batch.
        alone = compiled(same[2:3], tf.constant(SEEDS[2:3]))
        np.testing.assert_array_equal(alone[0], samples[2])
    np.testing.assert_array_equal(generator.seed_generator.state, stream)


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class Seeded(keras.layers.Layer):
    def call(self, latents, seed=None):
        return seeded(latents, seed)


@pytest.mark.parametrize("decode", [seeded, tf.function(seeded), Seeded()])
def test_an_argument_named_seed_is_given(decode):
    decoder = LatentDecoder(decode)
    expected = np.stack(
        [seeded(LATENTS[i : i + 1], SEEDS[i])[0] for i in range(len(SEEDS))]
    )
    assert decoder.stochastic
    np.testing.assert_allclose(
        decoder(LATENTS, tf.constant(SEEDS)), expected, rtol=1e-6
    )
