import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.estimators import GumbelSoftmax
from keras_rlgen.models import CategoricalVAE
from tests import networks
from tests.networks import binary_samples

BINARY = binary_samples(6)
KEY = tf.constant([3, 4])


def every_code(model):
    """Returns all latents there are, one-hot `(9, 2, 3)`."""
    grid = np.stack(np.meshgrid(range(3), range(3)), axis=-1).reshape(-1, 2)
    assert model.latents.shape == (2, 3)
    return np.eye(3, dtype="float32")[grid]


def test_the_bound_comes_close_to_the_likelihood():
    model = networks.categorical_vae(prior="learned")
    model.latents.prior_logits.assign([[0.5, 0.0, -0.5], [1.0, 0.0, 0.0]])
    # Drawn uniformly, no code has a weight out of proportion.
    model.encoder.layers[-1].kernel.assign(np.zeros((4, 6)))
    codes = every_code(model)
    prior = np.exp(model.prior().log_prob(codes))
    assert prior.sum() == pytest.approx(1.0, rel=1e-5)
    on = model.decode(codes).numpy()[:, None]
    likelihoods = np.where(BINARY == 1.0, on, 1.0 - on).prod(-1)
    expected = np.log(prior @ likelihoods)
    model.compile(num_importance_samples=200)
    bound = model.log_prob(np.repeat(BINARY, 50, axis=0), seed=0)
    # The exponential of the bound has the likelihood as its mean.
    means = np.log(np.exp(bound).reshape(6, 50).mean(axis=1))
    np.testing.assert_allclose(means, expected, atol=0.03)
    np.testing.assert_allclose(bound, np.repeat(expected, 50), atol=0.5)
    assert np.exp(expected).sum() < 1.0


def test_the_terms_of_the_bound_are_the_sums():
    model = networks.categorical_vae()
    posterior = model.posterior(BINARY)
    logits = model.encoder(BINARY).numpy().reshape(6, 2, 3)
    q = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    latents = posterior.sample(seed=KEY)
    terms = model.elbo_terms(BINARY, latents, posterior)
    np.testing.assert_allclose(terms["kl"], (q * np.log(3.0 * q)).sum(-1), rtol=1e-3)
    on = model.decode(latents).numpy()
    chosen = np.where(BINARY == 1.0, on, 1.0 - on)
    expected = -np.log(chosen).sum(-1)
    np.testing.assert_allclose(terms["reconstruction_nll"], expected, rtol=1e-4)


@pytest.mark.parametrize("estimator", ["gumbel_softmax", "straight_through"])
def test_draws_of_training_are_soft_or_hard_and_carry_a_gradient(estimator):
    model = networks.categorical_vae()
    model.compile("sgd", estimator=estimator)
    with tf.GradientTape() as tape:
        latents = model.draw_latents(model.posterior(BINARY), KEY)
        loss = model.loss_terms(BINARY, None, KEY, training=True)["loss"]
    np.testing.assert_allclose(tf.reduce_sum(latents, -1), 1.0, atol=1e-5)
    hard = np.all(np.isclose(latents, 0.0) | np.isclose(latents, 1.0))
    assert hard == (estimator == "straight_through")
    variables = [v.value for v in model.encoder.trainable_variables]
    assert all(np.any(g != 0.0) for g in tape.gradient(loss, variables))


def test_a_scheduled_temperature_falls_with_the_updates(tmp_path):
    cooling = keras.optimizers.schedules.PolynomialDecay(1.0, 4, 0.2)
    model = networks.categorical_vae()
    model.compile("sgd", estimator=GumbelSoftmax(temperature=cooling), run_eagerly=True)
    model.fit(BINARY, batch_size=3, verbose=0)
    assert float(model.estimator.current_temperature()) == pytest.approx(0.6)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert float(loaded.estimator.current_temperature()) == pytest.approx(0.6)
    model.compile("sgd", estimator="straight_through")
    assert not any("updates" in v.path for v in model.weights)


@pytest.mark.parametrize(
    "estimator, message",
    [
        ("score_function", r"one soft code.*ScoreFunction\(num_samples=4\).*`RLVAE`"),
        ("reparameterized", "Received: Reparameterized"),
        (GumbelSoftmax(num_samples=2), r"GumbelSoftmax\(num_samples=2\)"),
        ("gumbel", "Unknown gradient estimator: 'gumbel'"),
    ],
)
def test_estimators_it_does_not_serve_are_named(estimator, message):
    model = networks.categorical_vae()
    with pytest.raises(ValueError, match=message):
        model.compile(estimator=estimator)
    assert not model.compiled


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_codes": 1}, "`num_codes` to be an integer of at least 2"),
        ({"num_latents": 0}, "`num_latents` to be an integer of at least 1"),
        ({"num_latents": 2.0}, "`num_latents`.*Received: 2.0"),
        ({"prior": "flat"}, "`prior` to be one of"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    model = networks.categorical_vae()
    arguments = {"num_latents": 2, "num_codes": 3, **arguments}
    with pytest.raises(ValueError, match=message):
        CategoricalVAE(model.encoder, model.decoder, **arguments)


def test_an_encoder_of_another_size_is_named():
    model = networks.categorical_vae()
    with pytest.raises(ValueError, match=r"with 8 outputs.*Received: 6.*num_codes"):
        CategoricalVAE(model.encoder, model.decoder, 2, 4)


def test_it_learns_which_pixels_go_together():
    pairs = np.repeat([[0, 0], [1, 0], [0, 1]] * 10, 2, axis=1).astype("float32")
    model = networks.categorical_vae()
    soft = GumbelSoftmax(temperature=0.5)
    model.compile(keras.optimizers.Adam(0.05), estimator=soft)
    start = float(np.mean(model.log_prob(pairs, seed=0)))
    model.fit(np.tile(pairs, (150, 1)), batch_size=30, shuffle=False, verbose=0)
    # Three patterns, evenly often, cost log 3 nats; four random pixels log 16.
    bound = float(np.mean(model.log_prob(pairs, seed=0)))
    assert bound > -1.4 > start + 1.0


def test_config_is_complete():
    model = networks.categorical_vae(prior="learned", name="codes")
    config = model.get_config()
    arguments = set(inspect.signature(CategoricalVAE.__init__).parameters)
    assert set(config) == arguments - {"self", "kwargs"} | {"name", "dtype"}
    copy = CategoricalVAE.from_config(config)
    for key in set(config) - {"encoder", "decoder", "distribution"}:
        assert copy.get_config()[key] == config[key]
