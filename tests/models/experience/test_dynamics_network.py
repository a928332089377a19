import keras
import numpy as np
import pytest

from keras_rlgen.distributions import Normal
from keras_rlgen.models import DynamicsNetwork
from tests.models.experience.toys import network

CONDITION = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
SAMPLES = CONDITION @ np.eye(4, 3, dtype="float32")


@pytest.fixture(scope="module")
def model():
    model = DynamicsNetwork(network(4, 3), emit="sample", seed=0, name="dynamics")
    model.compile(
        keras.optimizers.Adam(1e-2), steps_per_execution=10, jit_compile=False
    )
    model.fit(SAMPLES, CONDITION, epochs=40, batch_size=16, verbose=0)
    return model


def test_it_learns_a_mean_and_a_scale(model):
    assert model.evaluate(SAMPLES, CONDITION, verbose=0) < -1.0
    generated = model.generate(64, CONDITION, seed=0)
    assert np.abs(generated - SAMPLES).mean() < 0.2
    nll = -np.mean(model.log_prob(SAMPLES, CONDITION))
    normal = Normal(1.0, learned=True)
    scale = np.exp(model.distribution.log_scale.numpy())
    z = (SAMPLES - model.network(CONDITION).numpy()) / scale
    expected = 0.5 * z**2 + np.log(scale) + 0.5 * np.log(2 * np.pi)
    assert normal.learned and nll == pytest.approx(expected.sum(1).mean(), rel=1e-4)


def test_a_policy_of_samples(model):
    samples, log_probs = model.sample_with_log_prob(64, CONDITION, seed=1)
    np.testing.assert_allclose(
        log_probs, model.log_prob(samples, CONDITION), rtol=1e-4, atol=1e-4
    )
    assert model.policy_variables


def test_the_mean_needs_no_seed_and_files(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert (loaded.emit, loaded.seed, loaded.name) == ("sample", 0, "dynamics")
    np.testing.assert_array_equal(
        loaded.generate(64, CONDITION, seed=3), model.generate(64, CONDITION, seed=3)
    )
    mean = DynamicsNetwork(network(4, 3))
    one, other = (mean.generate(64, CONDITION, seed=s) for s in (0, 1))
    np.testing.assert_array_equal(one, other)


def test_errors():
    with pytest.raises(ValueError, match="Expected `emit`.* Received: 'mode'"):
        DynamicsNetwork(network(), emit="mode")
    with pytest.raises(ValueError, match="built model of one input"):
        DynamicsNetwork(keras.Sequential([keras.layers.Dense(2)]))
    with pytest.raises(ValueError, match="is conditional"):
        DynamicsNetwork(network()).generate(2)
