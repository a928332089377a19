import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import MADE, VectorCondition, masked_network

CONDITION = np.float32([[0.3], [-1.0], [2.0]])


def made(dim=2, components=3, seed=0):
    network = masked_network(dim, 1, components, units=16, seed=seed)
    return MADE(network, VectorCondition(1), seed=seed)


def numpy_log_prob(model, sample, condition):
    """Returns the log-density of one sample, number by number."""
    total, known = 0.0, np.zeros_like(sample)
    for index, value in enumerate(sample):
        parameters = model.network([known[None], condition[None]]).numpy()[0, index]
        weights = np.exp(parameters[0]) / np.exp(parameters[0]).sum()
        scales = 0.01 + np.log1p(np.exp(parameters[2]))
        densities = np.exp(-0.5 * ((value - parameters[1]) / scales) ** 2)
        densities /= scales * np.sqrt(2.0 * np.pi)
        total += np.log((weights * densities).sum())
        known[index] = value
    return total


def test_the_density_is_that_of_one_number_after_the_other():
    model = made(dim=4)
    samples = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    expected = [
        numpy_log_prob(model, x, c) for x, c in zip(samples, CONDITION, strict=True)
    ]
    np.testing.assert_allclose(
        model.log_prob(samples, CONDITION), expected, rtol=1e-4, atol=1e-5
    )


def test_the_density_integrates_to_one():
    axis = np.linspace(-12.0, 12.0, 161, dtype="float32")
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    condition = np.full((len(grid), 1), 0.5, "float32")
    density = np.exp(made().log_prob(grid, condition))
    assert density.sum() * (axis[1] - axis[0]) ** 2 == pytest.approx(1.0, abs=1e-3)


def test_it_learns_two_modes_and_samples_them():
    random = np.random.default_rng(0)
    sign = random.choice([-1.0, 1.0], 512)
    condition = random.uniform(-1.0, 1.0, (512, 1)).astype("float32")
    first = sign + 0.1 * random.normal(size=512)
    data = np.stack([first, first * condition[:, 0]], axis=1).astype("float32")
    model = made(components=4)
    model.compile(keras.optimizers.Adam(2e-2), steps_per_execution=4, jit_compile=False)
    losses = model.fit(data, condition, epochs=60, batch_size=128, verbose=0)
    assert losses.history["loss"][-1] < 0.0 < losses.history["loss"][0]
    samples = model.generate(400, np.full((400, 1), 0.5), seed=0)
    assert 0.35 < np.mean(samples[:, 0] > 0.0) < 0.65
    np.testing.assert_allclose(np.abs(samples[:, 0]).mean(), 1.0, atol=0.1)
    assert np.abs(samples[:, 1] - 0.5 * samples[:, 0]).mean() < 0.15
    cold = model.generate(100, np.full((100, 1), 0.5), seed=0, temperature=0.01)
    assert np.abs(np.abs(cold[:, 0]) - 1.0).max() < 0.1


def test_log_probabilities_of_a_draw_are_those_of_its_numbers():
    model = made()
    draw = model.draw(3, tf.constant([0, 1]), tf.constant(CONDITION))
    log_probs = model.draw_log_prob(draw)
    assert log_probs.shape == (3, 2)
    np.testing.assert_allclose(
        tf.reduce_sum(log_probs, axis=1),
        model.log_prob(draw.samples, CONDITION),
        rtol=1e-5,
    )
    assert len(model.policy_variables) == 6


def test_without_a_condition_and_from_a_file(tmp_path):
    model = MADE(masked_network(3, units=8, seed=0), seed=1, name="unconditional")
    expected = model.generate(4, seed=2)
    assert expected.shape == (4, 3)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.seed == 1 and loaded.name == "unconditional"
    np.testing.assert_allclose(loaded.generate(4, seed=2), expected, rtol=1e-6)


def test_networks_that_do_not_fit():
    layers = keras.layers
    with pytest.raises(ValueError, match="such as `masked_network"):
        MADE(keras.Sequential([layers.Input((2,)), layers.Dense(6)]))
    sees_all = keras.Sequential(
        [layers.Input((2,)), layers.Dense(6), layers.Reshape((2, 3, 1))]
    )
    with pytest.raises(ValueError, match="Use `masked_network`"):
        MADE(sees_all)
    with pytest.raises(ValueError, match="\\[samples, condition\\]"):
        MADE(masked_network(2), VectorCondition(1))
