import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.export.generator import export_generator
from tests.export.exported_models import (
    EMITTING,
    LABELS,
    LATENTS,
    MODELS,
    SERVING,
    policy,
)


@pytest.fixture(scope="module")
def generated(exported):
    """The models by name, and what their SavedModels gave in another process."""
    models, exports = exported
    return models, exports.results


@pytest.mark.parametrize("name", MODELS)
def test_generate_is_that_of_the_model(name, generated):
    models, results = generated
    expected = models[name].generate(3, seed=7)
    assert expected.shape == (3, *models[name].sample_shape)
    assert results[f"{name}_generate"].dtype == np.float32
    for kind in ("generate", "again", "signature"):
        np.testing.assert_allclose(results[f"{name}_{kind}"], expected, atol=1e-6)
    assert np.any(results[f"{name}_other"] != expected)
    assert results[f"{name}_many"].shape == (50, *models[name].sample_shape)


@pytest.mark.parametrize("name", SERVING)
def test_serve_takes_any_batch(name, generated):
    models, results = generated
    inputs = [LATENTS, LABELS] if name == "conditional" else LATENTS
    expected = models[name](inputs)
    for batch in (1, 4):
        np.testing.assert_allclose(
            results[f"{name}_serve_{batch}"], expected[:batch], atol=1e-6
        )


@pytest.mark.parametrize("name", EMITTING)
def test_serve_emits_samples_of_a_policy(name, generated):
    models, results = generated
    emitted = results[f"{name}_serve_4"]
    means = models[name].generator.network(LATENTS).numpy()
    if name == "bernoulli":
        assert set(np.unique(emitted)) == {0.0, 1.0}
    else:
        noise = (emitted - means) / 0.3
        assert 0.5 < np.std(noise) < 1.5
    assert results[f"{name}_serve_1"].shape == (1, 6)


def test_averaged_weights_are_exported(generated):
    models, results = generated
    gan = models["averaged"]
    trained = gan.generator(LATENTS)
    assert np.abs(results["averaged_serve_4"] - trained).max() > 1e-3
    np.testing.assert_allclose(
        results["averaged_serve_4"], gan.average_generator(LATENTS), atol=1e-6
    )


def test_labels_are_heard_and_drawn(generated):
    models, results = generated
    other = models["conditional"]([LATENTS, LABELS[::-1]])
    assert np.abs(results["conditional_serve_4"] - other).max() > 1e-3
    given = models["conditional"].generate(4, condition=LABELS, seed=7)
    np.testing.assert_allclose(results["labelled"], given, atol=1e-6)
    # Where none are given, those that the model would draw.
    generated = models["conditional"].generate(50, seed=7)
    np.testing.assert_allclose(results["conditional_many"], generated, atol=1e-6)


def test_serve_of_a_policy_does_not_repeat_itself(tmp_path):
    export_generator(policy("bernoulli"), tmp_path / "bernoulli", verbose=False)
    sampler = tf.saved_model.load(str(tmp_path / "bernoulli"))
    latents = tf.constant(np.tile(LATENTS, (8, 1)))
    assert np.any(np.not_equal(sampler.serve(latents), sampler.serve(latents)))


def test_export_says_where_it_went_unless_told_not_to(tmp_path, capfd):
    model = MODELS["images"]()
    model.export(tmp_path / "quiet", verbose=False)
    assert "quiet" not in capfd.readouterr().out
    model.export(tmp_path / "told")
    out = capfd.readouterr().out
    assert str(tmp_path / "told") in out and "serve" in out and "generate" in out
