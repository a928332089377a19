import keras
import numpy as np
import pytest

from keras_rlgen import metrics


def slow_density_coverage(real, generated, neighbors):
    """Equations 3 and 4 of Naeem et al., term by term."""
    density, covered = 0.0, 0
    for index, center in enumerate(real):
        others = np.delete(real, index, axis=0)
        radius = np.sort(np.linalg.norm(others - center, axis=1))[neighbors - 1]
        inside = [np.linalg.norm(sample - center) <= radius for sample in generated]
        density += sum(inside) / (neighbors * len(generated))
        covered += any(inside)
    return density, covered / len(real)


@pytest.mark.parametrize("neighbors", [1, 3])
@pytest.mark.parametrize("size", [2, 20])
def test_values_are_those_of_brute_force(neighbors, size):
    random = np.random.default_rng(size)
    real = random.normal(size=(40, size))
    generated = random.normal(0.3, 0.7, size=(30, size))
    density, coverage = metrics.density_coverage(real, generated, neighbors)
    expected = slow_density_coverage(real, generated, neighbors)
    assert (density, coverage) == pytest.approx(expected)
    assert 0.0 < density and 0.0 < coverage < 1.0


def test_expectations_under_one_distribution():
    real, generated = np.random.default_rng(0).normal(size=(2, 2000, 2))
    density, coverage = metrics.density_coverage(real, generated, neighbors=2)
    assert density == pytest.approx(1.0, abs=0.05)
    assert coverage == pytest.approx(1.0 - 2.0**-2, abs=0.03)


def test_an_outlier_spoils_precision_and_not_density():
    random = np.random.default_rng(0)
    real = np.append(random.normal(size=(200, 2)), [[40.0, 0.0]], axis=0)
    scattered = random.uniform([5.0, -20.0], [75.0, 20.0], size=(200, 2))
    precision, _ = metrics.precision_recall(real, scattered, neighbors=3)
    density, coverage = metrics.density_coverage(real, scattered, neighbors=3)
    assert precision > 0.5
    assert density < 0.35 and coverage < 0.05


def test_wrong_neighbors_are_refused():
    with pytest.raises(ValueError, match="`neighbors` must be an integer"):
        metrics.density_coverage(np.zeros((9, 1)), np.zeros((9, 1)), 0)
    with pytest.raises(ValueError, match="`neighbors` must be an integer"):
        metrics.DensityCoverage(neighbors=1.5)


def test_as_many_samples_as_neighbors_are_too_few():
    with pytest.raises(ValueError, match="at least 6 real"):
        metrics.density_coverage(np.zeros((5, 1)), np.zeros((9, 1)))
    metric = metrics.DensityCoverage()
    metric.update_state(np.zeros((5, 2)), np.zeros((9, 2)))
    assert all(np.isnan(value) for value in metric.result().values())


def test_metric_agrees_with_the_function_and_comes_back_from_its_config():
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(2, 40, 6)).astype("float32")
    metric = metrics.DensityCoverage(neighbors=2, max_samples=50, name="cover")
    config = keras.saving.serialize_keras_object(metric)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == metric.get_config()
    assert restored.get_config()["neighbors"] == 2
    restored.update_state(real, generated)
    result = restored.result()
    assert list(result) == ["density", "coverage"]
    expected = metrics.density_coverage(real, generated, neighbors=2)
    np.testing.assert_allclose([float(v) for v in result.values()], expected)
