"""A generator of int32 tokens goes wherever one of floats goes."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.evaluation import evaluate_generator
from keras_rlgen.rl_models import RewardTuner
from tests.models.token_model import TokenModel, all_samples, tokens
from tests.networks import assert_same, values

DATA = tokens(300)

USE_ALONE = """
import sys

for name in ("keras", "keras_rlgen", "tensorflow_probability", "tf_keras"):
    sys.modules[name] = None

import tensorflow as tf

model = tf.saved_model.load(sys.argv[1])
samples = model.generate(3, 7)
assert samples.dtype == tf.int32
log_probs = model.signatures["log_prob"](samples=samples)
print(samples.numpy().tolist(), [x.numpy().tolist() for x in log_probs.values()])
"""


def compiled(**kwargs):
    model = TokenModel()
    model.compile(keras.optimizers.Adam(0.1), **{"run_eagerly": True, **kwargs})
    return model


@pytest.fixture(scope="module")
def trained():
    model = compiled(run_eagerly=False, metrics=["frechet_distance"])
    model.fit(DATA, epochs=20, batch_size=100, verbose=0)
    return model


def test_it_learns(trained):
    counts = np.stack([np.bincount(column, minlength=3) for column in DATA.T])
    frequencies = tf.nn.softmax(trained.logits).numpy()
    np.testing.assert_allclose(frequencies, counts / 300.0, atol=0.03)
    results = trained.evaluate(DATA, verbose=0, return_dict=True)
    assert set(results) == {"loss", "frechet_distance"}
    assert np.isfinite(list(results.values())).all()


def test_samples_are_integers(trained):
    samples = trained.generate(50, seed=0)
    assert samples.dtype == np.int32 and samples.shape == (50, 4)
    assert set(np.unique(samples)) == {0, 1, 2}
    drawn, log_probs = trained.sample_with_log_prob(5, seed=0)
    assert drawn.dtype == tf.int32 and log_probs.shape == (5,)
    np.testing.assert_allclose(log_probs, trained.log_prob(drawn), rtol=1e-5)


def test_probabilities_sum_to_one(trained):
    samples, _ = all_samples(trained)
    for given in (samples, samples.astype("uint8"), samples.tolist()):
        log_probs = trained.log_prob(given)
    assert np.exp(log_probs).sum() == pytest.approx(1.0, rel=1e-4)


def test_samples_of_several_lengths():
    model = TokenModel(length=3, ends=True)
    model.logits.assign(np.random.default_rng(0).normal(size=(3, 3)))
    samples, mask = all_samples(model)
    log_probs = model.log_prob(samples).numpy()
    assert np.exp(log_probs).sum() == pytest.approx(1.0, rel=1e-5)
    assert len(samples) == 15 and not mask.all()
    drawn, of_draw = model.sample_with_log_prob(2000, seed=0)
    np.testing.assert_allclose(of_draw, model.log_prob(drawn), rtol=1e-5)
    rows = (drawn.numpy()[:, None] == samples).all(axis=2).argmax(axis=1)
    frequencies = np.bincount(rows, minlength=15) / 2000
    np.testing.assert_allclose(frequencies, np.exp(log_probs), atol=0.04)


def test_files_and_training_on(trained, tmp_path):
    trained.save(tmp_path / "tokens.keras")
    loaded = keras.saving.load_model(tmp_path / "tokens.keras")
    np.testing.assert_array_equal(
        loaded.generate(9, seed=0), trained.generate(9, seed=0)
    )
    for model in (trained, loaded):
        model.fit(DATA[:50], batch_size=50, shuffle=False, verbose=0)
    assert_same(values(loaded), values(trained), rtol=1e-5)


def test_an_exported_model_gives_and_takes_integers(trained, tmp_path):
    trained.export(tmp_path / "tokens", verbose=False)
    process = subprocess.run(
        [sys.executable, "-c", USE_ALONE, str(tmp_path / "tokens")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    assert str(trained.generate(3, seed=7).tolist()) in process.stdout


def test_data_sets_of_any_integer_type():
    model = compiled()
    data = tf.data.Dataset.from_tensor_slices(DATA.astype("int64")).batch(100)
    model.fit(data, shuffle=False, verbose=0)
    other = compiled()
    other.fit(DATA.astype("uint8"), batch_size=100, shuffle=False, verbose=0)
    assert_same(values(model), values(other), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bool"])
def test_other_types_are_refused_whole_numbers_too(dtype):
    model, data = compiled(), np.ones((8, 4), dtype)
    message = f"of an integer dtype. Received: {dtype}.*samples.astype"
    for use in (model.fit, model.evaluate, model.log_prob):
        with pytest.raises(TypeError, match=message):
            use(data)
    batches = tf.data.Dataset.from_tensor_slices(data).batch(4)
    with pytest.raises(TypeError, match="of an integer dtype. Received: "):
        model.fit(batches, verbose=0)
    assert not values(model)[0].any()


@pytest.mark.parametrize("token", [-1, 3])
def test_tokens_out_of_range_are_refused(token):
    data = DATA[:8].copy()
    data[3, 2] = token
    model = compiled(run_eagerly=False, jit_compile=False)
    message = f"integer samples from 0 to 2.*Received values from .*{token}"
    for use in (model.fit, model.log_prob):
        with pytest.raises(ValueError, match=message):
            use(data)
    batches = tf.data.Dataset.from_tensor_slices(data).batch(8)
    with pytest.raises(ValueError, match="integer samples from 0 to 2"):
        model.fit(batches, verbose=0)
    assert not values(model)[0].any()


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def share_of_twos(samples):
    assert samples.dtype == tf.int32
    return tf.reduce_mean(tf.cast(samples == 2, tf.float32), axis=1)


@pytest.mark.parametrize(
    "algorithm, ends, how",
    [
        ("reinforce", False, {"run_eagerly": True}),
        ("reinforce", True, {"jit_compile": True}),
        ("ppo", False, {"jit_compile": True}),
        ("ppo", True, {"jit_compile": False}),
    ],
)
def test_tokens_are_tuned_by_reward(algorithm, ends, how):
    model = TokenModel(ends=ends)
    tuner = RewardTuner(model, seed=0)
    tuner.compile(
        keras.optimizers.Adam(0.1),
        reward=share_of_twos,
        algorithm=algorithm,
        kl_weight=0.0,
        **how,
    )
    history = tuner.fit(epochs=2, steps_per_epoch=20, verbose=0).history
    assert history["reward"][1] > history["reward"][0]
    generated = tuner.generate(200, seed=0)
    assert generated.dtype == np.int32
    assert share_of_twos(tf.constant(generated)).numpy().mean() > 0.75
    results = tuner.evaluate(DATA[:20], verbose=0, return_dict=True)
    assert set(results) == {"reward", "reward_share_of_twos", "reference_kl"}
    with pytest.raises(TypeError, match="of an integer dtype"):
        tuner.evaluate(DATA[:20].astype("float32"))


def test_a_tuner_of_tokens_goes_on_from_its_file(tmp_path):
    tuner = RewardTuner(TokenModel(ends=True), seed=0)
    tuner.compile(keras.optimizers.Adam(0.1), reward=share_of_twos, algorithm="ppo")
    tuner.fit(epochs=1, steps_per_epoch=2, verbose=0)
    tuner.save(tmp_path / "tuner.keras")
    loaded = keras.saving.load_model(tmp_path / "tuner.keras")
    for model in (tuner, loaded):
        model.fit(epochs=1, steps_per_epoch=2, verbose=0)
    assert_same(values(loaded.generator), values(tuner.generator), rtol=1e-5)


def test_every_metric_of_tokens(trained):
    table = evaluate_generator(trained, DATA[:150], DATA[150:])
    nll = -np.mean(trained.log_prob(DATA[150:]))
    assert table["negative_log_likelihood"] == pytest.approx(nll, rel=1e-4)
    assert np.isfinite(table["frechet_distance"])
