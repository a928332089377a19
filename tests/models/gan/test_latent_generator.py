import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.distributions import Normal
from keras_rlgen.models import GAN, StochasticGenerator
from tests import networks
from tests.networks import assert_same, differ, real_samples, values

REAL = real_samples(6)


def sgd():
    return {
        "generator_optimizer": keras.optimizers.SGD(0.1),
        "discriminator_optimizer": keras.optimizers.SGD(0.2),
    }


def test_samples_come_from_the_average():
    gan = networks.gan(ema_momentum=0.9)
    gan.compile(run_eagerly=True, metrics=["frechet_distance"], **sgd())
    for weight in gan.average_generator.weights:
        weight.assign(np.zeros(weight.shape))
    assert (gan.generate(3) == 0.0).all()
    assert (gan.predict(np.ones((2, 2)), verbose=0) == 0.0).all()
    distance = gan.evaluate(REAL, verbose=0, return_dict=True)["frechet_distance"]
    assert distance == pytest.approx(
        np.sum(REAL.mean(0) ** 2 + REAL.var(0, ddof=1)), rel=1e-4
    )
    assert (networks.gan().generate(3) != 0.0).all()


def stochastic_gan(**kwargs):
    generator = StochasticGenerator(
        networks.generator(), Normal(0.2, learned=True), seed=1
    )
    gan = GAN(generator, networks.discriminator(), 2, seed=0, **kwargs)
    gan.compile(run_eagerly=True, **sgd())
    return gan


def test_a_stochastic_generator_trains_adversarially():
    gan = stochastic_gan(ema_momentum=0.9)
    start = values(gan.generator)
    gan.fit(REAL, verbose=0)
    assert differ(values(gan.generator), start)


def test_samples_of_a_stochastic_generator_in_between_change_no_training():
    quiet, watched = stochastic_gan(), stochastic_gan()
    watched.predict(np.ones((3, 2)), verbose=0)
    for gan in (quiet, watched):
        gan.fit(REAL, verbose=0, shuffle=False)
    assert_same(values(watched), values(quiet))


def test_a_draw_has_the_probability_of_its_output_given_its_latents():
    gan = stochastic_gan()
    draw = gan.draw(4, tf.constant([0, 1]))
    mean = gan.generator.network(draw.latents)
    noise = (draw.samples - mean) / 0.2
    densities = -0.5 * noise**2 - np.log(0.2) - 0.5 * np.log(2.0 * np.pi)
    np.testing.assert_allclose(
        gan.draw_log_prob(draw), np.sum(densities, axis=-1), rtol=1e-4
    )
    assert len(gan.policy_variables) == len(gan.generator.trainable_variables) == 5


def test_a_deterministic_generator_is_no_policy():
    with pytest.raises(ValueError, match="has no log-probability.*`GAN`"):
        networks.gan().draw(2, tf.constant([0, 1]))
