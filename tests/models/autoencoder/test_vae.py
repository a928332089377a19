import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.distributions import DiscretizedLogistic, Normal
from keras_rlgen.models import VAE
from tests import networks
from tests.networks import binary_samples, linear

BINARY = binary_samples(6)
KEY = tf.constant([3, 4])


def slow_loss(weights, samples, noise, beta=1.0, free_bits=0.0):
    """Kingma & Welling, 2014, equation 10, sample by sample in 64 bits."""
    w1, b1, w2, b2, v1, c1, v2, c2 = (np.float64(w) for w in weights)
    nlls, kls = [], []
    for x, e in zip(samples, noise, strict=True):
        parameters = np.tanh(x @ w1 + b1) @ w2 + b2
        mean, log_variance = parameters[:2], parameters[2:]
        z = mean + np.exp(log_variance / 2.0) * e
        on = 1.0 / (1.0 + np.exp(-(np.tanh(z @ v1 + c1) @ v2 + c2)))
        nlls.append(
            -sum(np.log(p if k else 1.0 - p) for p, k in zip(on, x, strict=True))
        )
        kls.append(-0.5 * (1.0 + log_variance - mean**2 - np.exp(log_variance)))
    kl = np.maximum(np.mean(kls, axis=0), free_bits).sum()
    return np.mean(nlls) + beta * kl, np.mean(nlls), np.sum(kls) / len(kls)


@pytest.mark.parametrize("beta, free_bits", [(1.0, 0.0), (0.5, 0.2)])
def test_the_loss_and_its_pathwise_gradient(beta, free_bits):
    model = networks.vae()
    model.compile("sgd", beta=beta, free_bits=free_bits)
    posterior = model.posterior(BINARY)
    latents = posterior.sample(seed=KEY)
    noise = (latents - posterior.mean()) / posterior.stddev()
    with tf.GradientTape() as tape:
        terms = model.loss_terms(BINARY, None, KEY, training=True)
    variables = [v.value for v in model.trainable_variables]
    gradients = tape.gradient(terms["loss"], variables)

    weights = [v.numpy().astype("float64") for v in model.trainable_variables]
    arguments = BINARY, np.float64(noise), beta, free_bits
    loss, nll, kl = slow_loss(weights, *arguments)
    assert float(terms["loss"]) == pytest.approx(loss, rel=1e-5)
    assert float(terms["reconstruction_nll"]) == pytest.approx(nll, rel=1e-5)
    assert float(terms["kl"]) == pytest.approx(kl, rel=1e-4)
    for index, gradient in enumerate(gradients):
        place = (0,) * weights[index].ndim
        weights[index][place] += 1e-5
        slope = (slow_loss(weights, *arguments)[0] - loss) / 1e-5
        weights[index][place] -= 1e-5
        assert float(gradient[place]) == pytest.approx(slope, rel=2e-2, abs=1e-4)


def test_beta_warms_up_with_the_updates():
    model = networks.vae()
    warm_up = keras.optimizers.schedules.PolynomialDecay(0.0, 4, 1.0)
    model.compile("sgd", beta=warm_up, run_eagerly=True)
    history = model.fit(BINARY, batch_size=6, epochs=6, verbose=0).history
    np.testing.assert_allclose(history["beta"], [0.0, 0.25, 0.5, 0.75, 1.0, 1.0])


def linear_gaussian(scale=0.5, **kwargs):
    """Returns a model whose likelihood is known, with the exact posterior."""
    direction, bias = np.array([1.0, -0.5]), np.array([0.3, 0.1])
    spread = direction @ direction + scale**2
    kernel = np.stack([direction / spread, [0.0, 0.0]], axis=1)
    offsets = [-direction @ bias / spread, np.log(scale**2 / spread)]
    encoder, decoder = (
        linear(2, 2, kernel, offsets),
        linear(1, 2, direction[None], bias),
    )
    model = VAE(encoder, decoder, 1, distribution=Normal(scale), seed=0, **kwargs)
    covariance = np.outer(direction, direction) + scale**2 * np.eye(2)
    return model, bias, covariance


def log_gaussian(x, mean, covariance):
    difference = x - mean
    distance = np.sum(difference @ np.linalg.inv(covariance) * difference, axis=-1)
    return -0.5 * (distance + np.log(np.linalg.det(2.0 * np.pi * covariance)))


def test_the_bound_is_exact_with_the_exact_posterior():
    model, mean, covariance = linear_gaussian()
    model.num_importance_samples = 3
    samples = networks.real_samples(5)
    expected = log_gaussian(samples, mean, covariance)
    np.testing.assert_allclose(model.log_prob(samples, seed=1), expected, rtol=1e-4)
    assert model.likelihood == "lower_bound"


def test_the_bound_rises_to_the_likelihood_with_more_latents():
    model, mean, covariance = linear_gaussian()
    model.encoder.layers[-1].bias.assign([0.5, -0.5])
    samples = np.tile(networks.real_samples(1), (400, 1))
    exact = log_gaussian(samples[0], mean, covariance)
    bounds = []
    for count in (1, 4, 64):
        model.compile(num_importance_samples=count)
        bounds.append(float(np.mean(model.log_prob(samples, seed=1))))
    assert bounds[0] < bounds[1] - 0.1 < bounds[2] < exact + 0.05
    assert bounds[2] == pytest.approx(exact, abs=0.1)


def test_a_fixed_noise_is_explored_and_not_generated():
    model, _, _ = linear_gaussian()
    draw = model.draw(2000, KEY)
    residuals = draw.samples - model.decoder(draw.latents)
    assert np.std(residuals) == pytest.approx(0.5, rel=0.05)
    generated = model.generate(200, seed=0) - [0.3, 0.1]
    np.testing.assert_allclose(generated[:, 1], -0.5 * generated[:, 0], atol=1e-5)
    cold = model.generate(200, seed=0, temperature=0.5) - [0.3, 0.1]
    np.testing.assert_allclose(cold, 0.5 * generated, atol=1e-5)


def test_a_learned_prior_is_drawn_from_and_scored():
    model, _, _ = linear_gaussian(prior="learned")
    model.latents.prior_mean.assign([2.0])
    model.latents.prior_log_variance.assign([np.log(0.25)])
    draw = model.draw(4000, KEY)
    assert np.mean(draw.latents) == pytest.approx(2.0, abs=0.05)
    assert np.std(draw.latents) == pytest.approx(0.5, abs=0.05)
    z, x = draw.latents.numpy()[:, 0], draw.samples.numpy()
    expected = log_gaussian(z[:, None], [2.0], 0.25 * np.eye(1)) + log_gaussian(
        x, model.decoder(draw.latents).numpy(), 0.25 * np.eye(2)
    )
    np.testing.assert_allclose(model.draw_log_prob(draw), expected, rtol=1e-3)
    names = {v.path.split("/")[-1] for v in model.policy_variables}
    assert {"prior_mean", "prior_log_variance"} <= names
    # KL(N(m, v) || N(2, 1/4)) of the posterior of one sample.
    posterior = model.posterior(tf.constant([[0.3, 0.1]]))
    variance = float(posterior.variance()[0, 0])
    kl = 0.5 * (np.log(0.25 / variance) + (variance + 4.0) / 0.25 - 1.0)
    np.testing.assert_allclose(model.latents.kl(posterior), [[kl]], rtol=1e-5)


def test_classes_are_encoded_and_generated():
    model = networks.vae(num_classes=3)
    codes = [model.encode(BINARY, np.full(6, label)).numpy() for label in (0, 1)]
    assert codes[0].shape == (6, 2) and np.any(codes[0] != codes[1])
    drawn = [model.generate(6, condition=[c] * 6, seed=0) for c in (0, 1)]
    assert np.any(drawn[0] != drawn[1])
    log_probs = [model.log_prob(BINARY, np.full(6, c), seed=0) for c in (0, 1)]
    assert log_probs[0].shape == (6,) and np.any(log_probs[0] != log_probs[1])


@pytest.mark.parametrize(
    "distribution, scaled",
    [
        (Normal(0.5, learned=True), lambda x: 2.0 * x - 1.0),
        (DiscretizedLogistic(3), lambda x: 2.0 * x - 1.0),
    ],
)
def test_other_outputs_train_and_have_bits_where_discrete(distribution, scaled):
    model = networks.vae(distribution=distribution)
    assert any("log_scale" in v.path for v in model.policy_variables)
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True, num_importance_samples=2)
    before = distribution.log_scale.numpy()
    model.fit(scaled(BINARY), verbose=0)
    assert np.all(distribution.log_scale.numpy() != before)
    results = model.evaluate(scaled(BINARY), verbose=0, return_dict=True)
    assert ("bits_per_dimension" in results) == isinstance(
        distribution, DiscretizedLogistic
    )


def test_it_learns_the_patterns_of_images():
    patterns = np.zeros((2, 4, 4, 1), "float32")
    patterns[0, :2], patterns[1, :, 2:] = 1.0, 1.0
    layers = keras.layers
    encoder = [layers.Input((4, 4, 1)), layers.Flatten(), networks.dense(2)]
    decoder = [layers.Input((1,)), networks.dense(16), layers.Reshape((4, 4, 1))]
    model = VAE(keras.Sequential(encoder), keras.Sequential(decoder), 1, seed=0)
    model.compile(keras.optimizers.Adam(0.05))
    images = np.tile(patterns, (16, 1, 1, 1))
    start = float(np.mean(model.log_prob(patterns, seed=0)))
    model.fit(np.tile(images, (150, 1, 1, 1)), shuffle=False, verbose=0)
    results = model.evaluate(images, verbose=0, return_dict=True)
    # Two patterns, evenly often, cost log 2 nats; sixteen random pixels 11.1.
    assert start < -10.0 and results["log_likelihood_bound"] > -2.0
    assert results["log_likelihood_bound"] > results["elbo"]
    np.testing.assert_allclose(model.reconstruct(patterns), patterns, atol=0.2)


def test_config_is_complete():
    model = networks.vae(prior="learned", emit="sample", name="digits")
    config = model.get_config()
    arguments = set(inspect.signature(VAE.__init__).parameters)
    assert set(config) == arguments - {"self", "kwargs"} | {"name", "dtype"}
    copy = VAE.from_config(config)
    assert copy.get_config().keys() == config.keys()
    for key in set(config) - {"encoder", "decoder", "distribution"}:
        assert copy.get_config()[key] == config[key]
    assert copy.latents.learned_prior
