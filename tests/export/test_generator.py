import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import GAN, ReinforceGAN, StochasticGenerator
from keras_rlgen.distributions import Normal
from keras_rlgen.export.generator import export_generator
from tests import networks

# TensorFlow alone: what the models were made with is out of reach.
ACT_ALONE = """
import json
import sys

for name in ("keras", "keras_rlgen", "tensorflow_probability", "tf_keras"):
    sys.modules[name] = None

import numpy as np
import tensorflow as tf

folder, inputs = sys.argv[1:]
inputs = np.load(inputs)
results = {}
for name in json.loads(str(inputs["names"])):
    sampler = tf.saved_model.load(f"{folder}/{name}")
    latents = [inputs["latents"]]
    if name == "conditional":
        latents.append(inputs["labels"])
    results[f"{name}_generate"] = sampler.generate(3, 7)
    results[f"{name}_again"] = sampler.generate(3, 7)
    results[f"{name}_other"] = sampler.generate(3, 8)
    results[f"{name}_many"] = sampler.generate(50, 7)
    for batch in (1, 4) if hasattr(sampler, "serve") else ():
        results[f"{name}_serve_{batch}"] = sampler.serve(*(x[:batch] for x in latents))
    signature = sampler.signatures["generate"](
        num_samples=tf.constant(3), seed=tf.constant(7)
    )
    (results[f"{name}_signature"],) = signature.values()
    if name == "conditional":
        results["labelled"] = sampler.generate_conditional(inputs["labels"], 7)
np.savez(f"{folder}/results.npz", **results)
"""

LATENTS = np.random.default_rng(0).normal(size=(4, 2)).astype("float32")
LABELS = np.array([0, 2, 1, 1], "int32")


def averaged():
    """Returns a model whose averaged weights differ from the generator's."""
    gan = networks.gan(ema_momentum=0.9)
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5))
    gan.fit(networks.real_samples(), batch_size=4, epochs=1, verbose=0)
    return gan


def policy(distribution, **kwargs):
    generator = StochasticGenerator(networks.generator(6), distribution, seed=0)
    discriminator = networks.discriminator(6)
    return ReinforceGAN(generator, discriminator, 2, seed=0, **kwargs)


MODELS = {
    "images": lambda: GAN(
        networks.image_generator(), networks.image_discriminator(), 2, seed=0
    ),
    "averaged": averaged,
    "conditional": networks.conditional_gan,
    "exploring": lambda: networks.reinforce_gan(distribution="normal"),
    "spread": lambda: policy(Normal(0.3, learned=True)),
    "bernoulli": lambda: policy("bernoulli"),
    "vae": networks.vae,
}
EMITTING = ("spread", "bernoulli")  # Samples, not the mode.
SERVING = sorted(set(MODELS) - {*EMITTING, "vae"})


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The models by name, and what their SavedModels gave in another process."""
    folder = tmp_path_factory.mktemp("saved_models")
    models = {name: make() for name, make in MODELS.items()}
    for name, model in models.items():
        model.export(folder / name, verbose=False)
    np.savez(
        folder / "inputs.npz",
        names=json.dumps(list(models)),
        latents=LATENTS,
        labels=LABELS,
    )
    process = subprocess.run(
        [sys.executable, "-c", ACT_ALONE, str(folder), str(folder / "inputs.npz")],
        capture_output=True,
        cwd=folder,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    return models, dict(np.load(folder / "results.npz"))


@pytest.mark.parametrize("name", MODELS)
def test_generate_is_that_of_the_model(name, exported):
    models, results = exported
    expected = models[name].generate(3, seed=7)
    assert expected.shape == (3, *models[name].sample_shape)
    assert results[f"{name}_generate"].dtype == np.float32
    for kind in ("generate", "again", "signature"):
        np.testing.assert_allclose(results[f"{name}_{kind}"], expected, atol=1e-6)
    assert np.any(results[f"{name}_other"] != expected)
    assert results[f"{name}_many"].shape == (50, *models[name].sample_shape)


@pytest.mark.parametrize("name", SERVING)
def test_serve_takes_any_batch(name, exported):
    models, results = exported
    inputs = [LATENTS, LABELS] if name == "conditional" else LATENTS
    expected = models[name](inputs)
    for batch in (1, 4):
        np.testing.assert_allclose(
            results[f"{name}_serve_{batch}"], expected[:batch], atol=1e-6
        )


@pytest.mark.parametrize("name", EMITTING)
def test_serve_emits_samples_of_a_policy(name, exported):
    models, results = exported
    emitted = results[f"{name}_serve_4"]
    means = models[name].generator.network(LATENTS).numpy()
    if name == "bernoulli":
        assert set(np.unique(emitted)) == {0.0, 1.0}
    else:
        noise = (emitted - means) / 0.3
        assert 0.5 < np.std(noise) < 1.5
    assert results[f"{name}_serve_1"].shape == (1, 6)


def test_averaged_weights_are_exported(exported):
    models, results = exported
    gan = models["averaged"]
    trained = gan.generator(LATENTS)
    assert np.abs(results["averaged_serve_4"] - trained).max() > 1e-3
    np.testing.assert_allclose(
        results["averaged_serve_4"], gan.average_generator(LATENTS), atol=1e-6
    )


def test_labels_are_heard_and_drawn(exported):
    models, results = exported
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
