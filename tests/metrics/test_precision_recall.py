import keras
import numpy as np
import pytest

from keras_rlgen import metrics


def slow_fraction_inside(samples, manifold, neighbors):
    """Equation 1 of Kynkäänniemi et al., averaged as in equation 2."""
    inside = 0
    for sample in samples:
        for index, center in enumerate(manifold):
            others = np.delete(manifold, index, axis=0)
            radius = np.sort(np.linalg.norm(others - center, axis=1))[neighbors - 1]
            if np.linalg.norm(sample - center) <= radius:
                inside += 1
                break
    return inside / len(samples)


@pytest.mark.parametrize("neighbors", [1, 3])
@pytest.mark.parametrize("size", [2, 20])
def test_values_are_those_of_brute_force(neighbors, size):
    random = np.random.default_rng(size)
    real = random.normal(size=(40, size))
    generated = random.normal(0.5, 0.7, size=(30, size))
    precision, recall = metrics.precision_recall(real, generated, neighbors)
    assert precision == slow_fraction_inside(generated, real, neighbors)
    assert recall == slow_fraction_inside(real, generated, neighbors)
    assert 0.0 < recall < 1.0


def test_identical_sets_are_perfect():
    real = np.random.default_rng(0).normal(size=(50, 30))
    assert metrics.precision_recall(real, real.copy()) == (1.0, 1.0)


def test_a_lost_mode_costs_recall_and_a_false_one_precision():
    random = np.random.default_rng(0)
    near, far = random.normal(size=(2, 100, 2)) + [[[0.0, 0.0]], [[50.0, 0.0]]]
    both = np.concatenate([near, far])
    precision, recall = metrics.precision_recall(both, near)
    assert precision == 1.0 and recall == 0.5
    precision, recall = metrics.precision_recall(near, both)
    assert precision == 0.5 and recall == 1.0


@pytest.mark.parametrize("neighbors", [0, 1.5])
def test_wrong_neighbors_are_refused(neighbors):
    with pytest.raises(ValueError, match="`neighbors` must be an integer"):
        metrics.precision_recall(np.zeros((9, 1)), np.zeros((9, 1)), neighbors)
    with pytest.raises(ValueError, match="`neighbors` must be an integer"):
        metrics.PrecisionRecall(neighbors=neighbors)


def test_as_many_samples_as_neighbors_are_too_few():
    with pytest.raises(ValueError, match="at least 4 real"):
        metrics.precision_recall(np.zeros((3, 1)), np.zeros((9, 1)), neighbors=3)


def test_metric_agrees_with_the_function():
    random = np.random.default_rng(0)
    real = random.normal(size=(40, 6)).astype("float32")
    generated = random.normal(0.5, 1.0, size=(30, 6)).astype("float32")
    metric = metrics.PrecisionRecall(neighbors=2)
    metric.update_state(real, generated)
    result = metric.result()
    expected = metrics.precision_recall(real, generated, neighbors=2)
    assert list(result) == ["precision", "recall"]
    np.testing.assert_allclose([float(v) for v in result.values()], expected)


def test_metric_of_too_few_samples_is_nan():
    metric = metrics.PrecisionRecall(neighbors=3)
    metric.update_state(np.zeros((3, 2)), np.zeros((9, 2)))
    assert all(np.isnan(value) for value in metric.result().values())
    with pytest.raises(ValueError, match="`max_samples` must be .* at least 4"):
        metrics.PrecisionRecall(neighbors=3, max_samples=3)


def test_metric_config_round_trip():
    metric = metrics.PrecisionRecall(
        "digits", neighbors=5, max_samples=50, name="fidelity", dtype="float64"
    )
    config = keras.saving.serialize_keras_object(metric)
    restored = keras.saving.deserialize_keras_object(config)
    assert isinstance(restored, metrics.PrecisionRecall)
    assert restored.get_config() == metric.get_config()
    assert restored.get_config() == {
        "features": "digits",
        "neighbors": 5,
        "max_samples": 50,
        "name": "fidelity",
        "dtype": "float64",
    }
