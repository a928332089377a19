"""What all families have in common, shown on the GANs that can do it."""

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.distributions import Normal
from keras_rlgen.models import GAN, ConditionalGAN, Draw, StochasticGenerator
from tests import networks

KEY = tf.constant([1, 2])


def stochastic(distribution="normal", **kwargs):
    generator = StochasticGenerator(networks.generator(), distribution, seed=0)
    return GAN(generator, networks.discriminator(), 2, seed=0, **kwargs)


def labelled():
    network = networks.with_labels(networks.LATENT_DIM, 2, seed=10)
    judge = networks.with_labels(2, 1, seed=20)
    policy = StochasticGenerator(network, Normal(0.5), seed=0)
    return ConditionalGAN(policy, judge, networks.LATENT_DIM, networks.NUM_CLASSES)


def log_normal(residuals, scale):
    residuals = np.array(residuals)
    return -0.5 * ((residuals / scale) ** 2 + np.log(2.0 * np.pi * scale**2)).sum(-1)


@pytest.mark.parametrize("temperature", [1.0, 0.25])
def test_a_draw_and_its_log_probability(temperature):
    model = stochastic(Normal(0.5))
    draw = model.draw(2000, KEY, temperature=temperature)
    assert isinstance(draw, Draw) and draw.condition == ()
    residuals = draw.samples.numpy() - model.generator.network(draw.latents)
    # It is drawn at the temperature, and judged at 1.
    assert np.std(residuals) == pytest.approx(0.5 * temperature, rel=0.05)
    assert np.std(draw.latents) == pytest.approx(temperature, rel=0.05)
    log_probs = model.draw_log_prob(draw)
    np.testing.assert_allclose(log_probs, log_normal(residuals, 0.5), rtol=1e-4)
    # What explores is left out of what is generated.
    drawn = model.generate(3, seed=0, temperature=temperature)
    inputs = model._draw_inputs(3, tf.constant([0, 0]), None, temperature)[0]
    np.testing.assert_allclose(drawn, model.generator.network(inputs), rtol=1e-5)


@pytest.mark.parametrize("ema_momentum", [None, 0.9])
def test_samples_with_log_probabilities_have_a_gradient(ema_momentum):
    model = stochastic("bernoulli", ema_momentum=ema_momentum)
    with tf.GradientTape() as tape:
        samples, log_probs = model.sample_with_log_prob(5, seed=3)
    assert samples.shape == (5, 2) and log_probs.shape == (5,)
    assert log_probs.dtype == tf.float32
    gradients = tape.gradient(log_probs, [v.value for v in model.policy_variables])
    assert all(np.any(g != 0.0) for g in gradients)
    again, _ = model.sample_with_log_prob(5, seed=3)
    np.testing.assert_array_equal(samples, again)
    # The policy is what `generate` shows.
    logits = model.sampling_generator.network(model.draw(5, [3, 0]).latents)
    on = tf.sigmoid(logits).numpy()
    expected = np.log(np.where(samples == 1.0, on, 1.0 - on)).sum(-1)
    np.testing.assert_allclose(log_probs, expected, rtol=1e-4)


def test_temperature_scales_latents_and_divides_logits():
    model = stochastic("bernoulli", ema_momentum=None)
    model.generator.network.layers[-1].bias.assign([0.5, -0.5])
    cold = model.generate(200, seed=0, temperature=1e-4)
    # Latents near zero, and the mode of what they give.
    mode = model.generator.distribution.mode(model.generator.network(tf.zeros((1, 2))))
    assert np.all(cold == mode)
    plain = networks.gan(ema_momentum=None)
    plain.generator.layers[0].activation = None
    warm = plain.generate(5, seed=0) - plain(tf.zeros((1, 2)))
    hot = plain.generate(5, seed=0, temperature=3.0) - plain(tf.zeros((1, 2)))
    np.testing.assert_allclose(hot, 3.0 * warm, rtol=1e-4)


def test_a_draw_remembers_its_condition():
    model = labelled()
    draw = model.draw(50, KEY)
    assert set(np.unique(draw.condition)) == {0, 1, 2}
    means = model.generator.network([draw.latents, draw.condition])
    log_probs = model.draw_log_prob(draw)
    residuals = draw.samples.numpy() - means
    np.testing.assert_allclose(log_probs, log_normal(residuals, 0.5), rtol=1e-4)
    given = np.arange(3, dtype="int32")
    draw = model.draw(3, KEY, condition=tf.constant(given))
    np.testing.assert_array_equal(draw.condition, given)
    other = model.draw_log_prob(draw, condition=tf.constant(given[::-1].copy()))
    assert np.any(np.not_equal(other, model.draw_log_prob(draw)))
    samples, log_probs = model.sample_with_log_prob(3, condition=given, seed=0)
    assert samples.shape == (3, 2) and log_probs.shape == (3,)


@pytest.mark.parametrize("method", ["generate", "sample_with_log_prob"])
@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_samples": 0}, "positive integer.*Received: 0"),
        ({"num_samples": 2, "temperature": 0.0}, "above zero. Received: 0.0"),
        ({"num_samples": 2, "temperature": np.nan}, "above zero. Received: nan"),
        ({"num_samples": 2, "condition": [0, 1]}, "`GAN` has no condition"),
    ],
)
def test_bad_requests_are_named(method, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(stochastic(), method)(**arguments)


def test_what_a_deterministic_generator_cannot_do():
    model = networks.gan()
    for ask in (
        lambda: model.draw(2, KEY),
        lambda: model.sample_with_log_prob(2),
        lambda: model.policy_variables,
    ):
        with pytest.raises(ValueError, match="deterministic.*`StochasticGenerator"):
            ask()
    assert model.likelihood is None
    with pytest.raises(ValueError, match="`GAN` has no likelihood.*`VAE`"):
        model.log_prob(np.zeros((2, 2), "float32"))
