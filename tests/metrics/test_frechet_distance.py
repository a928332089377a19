import keras
import numpy as np
import pytest
import scipy.linalg

from keras_rlgen import metrics


def with_moments(count, mean, covariance, seed=0):
    """Samples whose mean and unbiased covariance are exactly as given."""
    size = len(mean)
    noise = np.random.default_rng(seed).normal(size=(count, size))
    noise -= noise.mean(axis=0)
    noise = noise @ np.linalg.inv(np.linalg.cholesky(np.cov(noise.T)).T)
    return noise @ np.linalg.cholesky(covariance).T + mean


def test_distance_between_diagonal_gaussians():
    real = with_moments(50, np.array([0.0, 0.0]), np.diag([1.0, 4.0]))
    generated = with_moments(70, np.array([3.0, 4.0]), np.diag([9.0, 16.0]), seed=1)
    expected = 25.0 + (1.0 - 3.0) ** 2 + (2.0 - 4.0) ** 2
    assert metrics.frechet_distance(real, generated) == pytest.approx(expected)


def test_distance_between_correlated_gaussians():
    random = np.random.default_rng(2)
    factors = random.normal(size=(2, 4, 4))
    covariances = factors @ factors.transpose(0, 2, 1) + 0.1 * np.eye(4)
    means = random.normal(size=(2, 4))
    real = with_moments(60, means[0], covariances[0])
    generated = with_moments(60, means[1], covariances[1], seed=1)
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    expected = np.sum((means[0] - means[1]) ** 2) + np.trace(
        covariances[0] + covariances[1] - 2.0 * root
    )
    assert metrics.frechet_distance(real, generated) == pytest.approx(expected)
    assert metrics.frechet_distance(generated, real) == pytest.approx(expected)


def test_singular_covariances():
    real = np.random.default_rng(0).normal(size=(5, 40))
    real[:, 7] = 1.0
    assert metrics.frechet_distance(real, real) == pytest.approx(0.0, abs=1e-5)
    assert metrics.frechet_distance(real, real + 2.0) == pytest.approx(160.0)


def test_single_feature():
    distance = metrics.frechet_distance([[0.0], [2.0]], [[1.0], [7.0]])
    assert distance == pytest.approx(9.0 + (np.sqrt(2.0) - np.sqrt(18.0)) ** 2)


def test_wrong_features_are_refused():
    with pytest.raises(ValueError, match="at least 2 real"):
        metrics.frechet_distance([[0.0]], [[1.0], [2.0]])


def test_metric_agrees_with_the_function():
    random = np.random.default_rng(0)
    real = random.normal(size=(40, 2, 3)).astype("float32")
    generated = random.normal(1.0, 2.0, size=(30, 2, 3)).astype("float32")
    metric = metrics.FrechetDistance()
    metric.update_state(real[:10], generated[:20])
    metric.update_state(real[10:], generated[20:])
    expected = metrics.frechet_distance(real.reshape(40, 6), generated.reshape(30, 6))
    assert float(metric.result()) == pytest.approx(expected, rel=1e-6)


def test_metric_config_round_trip():
    metric = metrics.FrechetDistance(
        features="digits", max_samples=77, name="distance", dtype="float64"
    )
    config = keras.saving.serialize_keras_object(metric)
    restored = keras.saving.deserialize_keras_object(config)
    assert isinstance(restored, metrics.FrechetDistance)
    assert restored.get_config() == metric.get_config()
    assert restored.get_config() == {
        "features": "digits",
        "max_samples": 77,
        "name": "distance",
        "dtype": "float64",
    }
