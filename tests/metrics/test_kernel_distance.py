import keras
import numpy as np
import pytest

from keras_rlgen import metrics


def slow_kernel_distance(real, generated):
    """Equation 4 of Binkowski et al., term by term."""

    def kernel(left, right):
        return (np.dot(left, right) / len(left) + 1.0) ** 3

    n, m = len(real), len(generated)
    total = 0.0
    for i in range(n):
        for j in range(n):
            if i != j:
                total += kernel(real[i], real[j]) / (n * (n - 1))
    for i in range(m):
        for j in range(m):
            if i != j:
                total += kernel(generated[i], generated[j]) / (m * (m - 1))
    for i in range(n):
        for j in range(m):
            total -= 2.0 * kernel(real[i], generated[j]) / (n * m)
    return total


def test_distance_is_the_triple_sum():
    random = np.random.default_rng(0)
    real = random.normal(size=(13, 5))
    generated = random.normal(0.5, 2.0, size=(9, 5))
    expected = slow_kernel_distance(real, generated)
    assert metrics.kernel_distance(real, generated) == pytest.approx(expected)


def test_more_rows_than_one_block():
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(2, 700, 3))
    kernel = (
        np.vstack([real, generated]) @ np.vstack([real, generated]).T / 3 + 1
    ) ** 3
    np.fill_diagonal(kernel, 0.0)
    within = kernel[:700, :700].sum() + kernel[700:, 700:].sum()
    expected = within / (700 * 699) - 2.0 * kernel[:700, 700:].mean()
    assert metrics.kernel_distance(real, generated) == pytest.approx(expected)


def test_estimate_is_unbiased():
    random = np.random.default_rng(1)
    values = [
        metrics.kernel_distance(*random.normal(size=(2, 6, 2))) for _ in range(4000)
    ]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 4.0 * error
    assert min(values) < 0.0


def test_wrong_features_are_refused():
    with pytest.raises(ValueError, match="at least 2 real"):
        metrics.kernel_distance([[0.0], [1.0]], [[1.0]])


def test_metric_agrees_with_the_function():
    random = np.random.default_rng(0)
    real = random.normal(size=(40, 6)).astype("float32")
    generated = random.normal(1.0, 2.0, size=(30, 6)).astype("float32")
    metric = metrics.KernelDistance()
    metric.update_state(real, generated)
    expected = metrics.kernel_distance(real, generated)
    assert float(metric.result()) == pytest.approx(expected, rel=1e-6)


def test_metric_config_round_trip():
    metric = metrics.KernelDistance("mnist", max_samples=5, name="kid", dtype="float64")
    config = keras.saving.serialize_keras_object(metric)
    restored = keras.saving.deserialize_keras_object(config)
    assert isinstance(restored, metrics.KernelDistance)
    assert restored.get_config() == metric.get_config()
    assert restored.get_config() == {
        "features": "mnist",
        "max_samples": 5,
        "name": "kid",
        "dtype": "float64",
    }
