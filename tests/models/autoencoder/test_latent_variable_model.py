"""What autoencoders with normal and with categorical latents have in common."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import VAE
from tests import networks
from tests.networks import assert_same, binary_samples, real_labels, values

BINARY, LABELS = binary_samples(10), real_labels(10)
EVALUATED = {
    "loss",
    "reconstruction_nll",
    "kl",
    "elbo",
    "log_likelihood_bound",
    "bits_per_dimension",
}
MODELS = {
    "conditional_vae": lambda **kwargs: networks.vae(
        num_classes=networks.NUM_CLASSES, **kwargs
    ),
    "categorical_vae": networks.categorical_vae,
}


@pytest.fixture(params=MODELS)
def kind(request):
    return request.param


def compiled(kind, model_arguments=None, **kwargs):
    model = MODELS[kind](**(model_arguments or {}))
    adam = keras.optimizers.Adam(0.01)
    arguments = {"run_eagerly": True, "num_importance_samples": 3, **kwargs}
    model.compile(adam, **arguments)
    return model


def data(kind):
    return (BINARY, LABELS) if kind == "conditional_vae" else (BINARY,)


def fit(model, kind, **kwargs):
    arguments = {"batch_size": 4, "shuffle": False, "verbose": 0, **kwargs}
    return model.fit(*data(kind), **arguments).history


def test_training_and_evaluation_log_their_terms(kind):
    model = compiled(kind, metrics=["frechet_distance"])
    history = fit(model, kind, epochs=2)
    assert set(history) == {"loss", "reconstruction_nll", "kl", "beta"}
    assert history["loss"] == pytest.approx(
        np.add(history["reconstruction_nll"], history["kl"]), rel=1e-5
    )
    results = model.evaluate(*data(kind), batch_size=4, verbose=0, return_dict=True)
    assert set(results) == EVALUATED | {"frechet_distance"}
    assert np.isfinite(list(results.values())).all()
    assert results["elbo"] == pytest.approx(-results["loss"], rel=1e-5)
    assert results["bits_per_dimension"] == pytest.approx(
        -results["log_likelihood_bound"] / (4 * np.log(2.0)), rel=1e-5
    )


def test_a_compiled_step_is_the_eager_one(kind):
    expected = compiled(kind)
    history = fit(expected, kind)
    # Not by XLA, which draws other random numbers.
    model = compiled(kind, run_eagerly=False, jit_compile=False)
    again = fit(model, kind)
    for key, column in history.items():
        np.testing.assert_allclose(again[key], column, rtol=1e-4, atol=1e-5)
    assert_same(values(model), values(expected), rtol=1e-3, atol=1e-5)


def test_training_goes_on_from_a_file_as_if_never_stopped(kind, tmp_path):
    warm_up = keras.optimizers.schedules.PolynomialDecay(0.0, 5, 1.0)
    arguments = {"prior": "learned", "emit": "sample"}
    model = compiled(kind, arguments, beta=warm_up, free_bits=0.1)
    fit(model, kind)
    model.generate(2)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.get_config().keys() == model.get_config().keys()
    for key in ("prior", "emit", "num_classes", "seed"):
        assert loaded.get_config()[key] == model.get_config()[key]
    assert fit(loaded, kind) == fit(model, kind)
    assert_same(values(loaded, loaded.optimizer), values(model, model.optimizer))
    np.testing.assert_array_equal(loaded.generate(3), model.generate(3))
    np.testing.assert_array_equal(
        loaded.log_prob(*data(kind)), model.log_prob(*data(kind))
    )


def test_draws_have_a_log_probability_with_a_gradient(kind):
    model = MODELS[kind](prior="learned")
    with tf.GradientTape() as tape:
        samples, log_probs = model.sample_with_log_prob(6, seed=0, temperature=0.7)
    assert samples.shape == (6, 4) and set(np.unique(samples)) <= {0.0, 1.0}
    gradients = tape.gradient(log_probs, [v.value for v in model.policy_variables])
    assert all(g is not None for g in gradients) and np.any(gradients[0] != 0.0)

    draw = model.draw(6, tf.constant([0, 0]), temperature=0.7)
    np.testing.assert_array_equal(draw.samples, samples)
    condition = draw.condition if model.has_condition else None
    # Judged at temperature 1.
    probs = model.decode(draw.latents, condition).numpy()
    chosen = np.where(draw.samples == 1.0, probs, 1.0 - probs)
    expected = model.prior().log_prob(draw.latents) + np.log(chosen).sum(-1)
    np.testing.assert_allclose(log_probs, expected, rtol=1e-4)


def test_the_mean_or_a_sample_is_emitted(kind):
    mean, sample = (MODELS[kind](emit=emit) for emit in ("mean", "sample"))
    means, samples = mean.generate(500, seed=0), sample.generate(500, seed=0)
    assert np.all((means > 0.0) & (means < 1.0))
    assert set(np.unique(samples)) == {0.0, 1.0}
    np.testing.assert_allclose(means.mean(0), samples.mean(0), atol=0.08)
    np.testing.assert_array_equal(mean.generate(500, seed=0), means)
    assert np.any(mean.generate(500, seed=1) != means)


def test_a_saved_model_acts(kind, tmp_path):
    model = MODELS[kind]()
    model.export(tmp_path / "saved", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    np.testing.assert_allclose(
        loaded.generate(3, 7), model.generate(3, seed=7), rtol=1e-5
    )
    inputs = [tf.constant(BINARY)]
    if model.has_condition:
        labels = tf.constant(LABELS, tf.int32)
        inputs.append(labels)
        np.testing.assert_allclose(
            loaded.generate_conditional(labels, 7),
            model.generate(10, condition=LABELS, seed=7),
            rtol=1e-5,
        )
    codes = model.encode(*inputs)
    np.testing.assert_allclose(loaded.encode(*inputs), codes, rtol=1e-5, atol=1e-6)
    decoded = model.decode(codes, *inputs[1:])
    np.testing.assert_allclose(loaded.decode(codes, *inputs[1:]), decoded, rtol=1e-5)
    for reconstruct in (loaded.reconstruct, model.reconstruct):
        np.testing.assert_allclose(reconstruct(*inputs), decoded, rtol=1e-5)
    called = model(inputs if model.has_condition else inputs[0])
    np.testing.assert_allclose(called, decoded, rtol=1e-5)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"beta": -1.0}, "`beta` to be a float of at least 0"),
        ({"beta": float("nan")}, "`beta`"),
        ({"free_bits": -0.1}, "`free_bits` >= 0. Received: -0.1"),
        ({"num_importance_samples": 0}, "positive integer. Received: 0"),
        ({"optimizer": "addam"}, "addam"),
    ],
)
def test_bad_arguments_of_compile_are_named(arguments, message):
    model = networks.vae()
    with pytest.raises(ValueError, match=message):
        model.compile(**arguments)
    assert not model.compiled


@pytest.mark.parametrize(
    "samples, message",
    [
        (2.0 * BINARY, r"range \[0, 1\].*\(images \+ 1\) / 2.*values from 0 to 2"),
        (BINARY[:, :3], r"shape \(batch, 4\).*Received: \(1, 3\)"),
        (np.where(BINARY > 0.5, np.nan, BINARY), "NaN or infinity"),
        (BINARY[:0], "at least one"),
    ],
    ids=["range", "shape", "nan", "empty"],
)
def test_bad_samples_are_named_before_any_update(samples, message):
    model = networks.vae()
    model.compile(run_eagerly=True)
    start = values(model)
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=message):
            method(samples, verbose=0)
    assert_same(values(model), start)


def test_a_condition_is_asked_for():
    model = compiled("conditional_vae")
    with pytest.raises(ValueError, match=r"`VAE` is conditional.*`fit\(x, y\)`"):
        model.fit(BINARY, verbose=0)
    with pytest.raises(ValueError, match=r"`log_prob\(samples, condition\)`"):
        model.log_prob(BINARY)
    with pytest.raises(ValueError, match=r"in \[0, 3\)"):
        model.evaluate(BINARY, LABELS + 1, verbose=0)


def ended(units, activation=None, inputs=4):
    layers = [keras.layers.Input((inputs,)), keras.layers.Dense(units, activation)]
    return keras.Sequential(layers)


@pytest.mark.parametrize(
    "encoder, decoder, arguments, message",
    [
        (ended(2), ended(4, inputs=2), {}, r"without variance output.*2 \* latent_dim"),
        (ended(3), ended(4, inputs=2), {}, "with 4 outputs.*Received: 3"),
        (ended(4), ended(4, inputs=3), {}, r"latents of shape \('batch', 2\)"),
        (ended(4), ended(5, inputs=2), {}, r"Decoder output: \('batch', 5\)"),
        (ended(4), ended(4, "sigmoid", 2), {}, "`Bernoulli` takes logits.*no last act"),
        (
            ended(4),
            ended(4, "softmax", 2),
            {"distribution": "categorical"},
            "`Categorical` takes logits",
        ),
        (ended(4), ended(4, inputs=2), {"emit": "mode"}, "`emit` to be one of"),
        (ended(4), ended(4, inputs=2), {"prior": "flat"}, "`prior` to be one of"),
        (
            ended(4),
            ended(4, inputs=2),
            {"distribution": "gauss"},
            "Unknown output distribution",
        ),
    ],
)
def test_networks_that_do_not_fit_are_named(encoder, decoder, arguments, message):
    with pytest.raises(ValueError, match=message):
        VAE(encoder, decoder, 2, **arguments)
