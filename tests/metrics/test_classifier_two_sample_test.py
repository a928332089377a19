import math

import keras
import numpy as np
import pytest

from keras_rlgen import metrics


def slow_two_sample_test(real, generated, seed):
    """Equation 2 of Lopez-Paz and Oquab with a vote of nearest neighbors."""
    count = min(len(real), len(generated))
    random = np.random.default_rng(seed)
    real = real[random.permutation(len(real))[:count]]
    generated = generated[random.permutation(len(generated))[:count]]
    half = count // 2
    train = [(x, 1) for x in real[:half]] + [(x, 0) for x in generated[:half]]
    test = [(x, 1) for x in real[half:]] + [(x, 0) for x in generated[half:]]
    neighbors = math.isqrt(len(train)) | 1
    right = 0
    for x, label in test:
        nearest = sorted(train, key=lambda pair: np.linalg.norm(pair[0] - x))
        votes = [vote for _, vote in nearest[:neighbors]]
        right += (np.mean(votes) > 0.5) == label
    accuracy = right / len(test)
    z = (accuracy - 0.5) * 2.0 * math.sqrt(len(test))
    return accuracy, 0.5 * math.erfc(z / math.sqrt(2.0))


@pytest.mark.parametrize("counts", [(40, 40), (50, 31)])
def test_values_are_those_of_brute_force(counts):
    random = np.random.default_rng(1)
    real = random.normal(size=(counts[0], 3))
    generated = random.normal(0.8, 1.0, size=(counts[1], 3))
    value = metrics.classifier_two_sample_test(real, generated, seed=5)
    assert value == pytest.approx(slow_two_sample_test(real, generated, seed=5))
    assert 0.5 < value[0] < 1.0


@pytest.mark.parametrize("classifier", ["nearest_neighbors", "logistic_regression"])
def test_under_one_distribution_p_values_are_uniform(classifier):
    random = np.random.default_rng(0)
    values = [
        metrics.classifier_two_sample_test(
            *random.normal(size=(2, 100, 2)), classifier=classifier, seed=seed
        )
        for seed in range(60)
    ]
    accuracies, p_values = np.transpose(values)
    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.03)
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.15)
    assert np.mean(p_values < 0.05) <= 0.15


def test_a_classifier_sees_what_another_does_not():
    random = np.random.default_rng(0)
    real = random.normal(size=(400, 2))
    generated = 4.0 * random.normal(size=(400, 2))
    blind, _ = metrics.classifier_two_sample_test(
        real, generated, "logistic_regression"
    )
    seeing, p_value = metrics.classifier_two_sample_test(real, generated)
    assert abs(blind - 0.5) < 0.1
    assert seeing > 0.75 and p_value < 1e-6


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match="at least 4 real and 4 generated"):
        metrics.classifier_two_sample_test(np.zeros((9, 1)), np.zeros((3, 1)))
    metric = metrics.ClassifierTwoSampleTest()
    metric.update_state(np.zeros((9, 1)), np.zeros((3, 1)))
    assert all(np.isnan(value) for value in metric.result().values())


def test_metric_agrees_with_the_function_and_comes_back_from_its_config():
    random = np.random.default_rng(0)
    real, generated = random.normal([[[0.0]], [[1.0]]], size=(2, 40, 6))
    metric = metrics.ClassifierTwoSampleTest(
        classifier="logistic_regression", seed=3, max_samples=50
    )
    config = keras.saving.serialize_keras_object(metric)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == metric.get_config()
    restored.update_state(real.astype("float32"), generated.astype("float32"))
    expected = metrics.classifier_two_sample_test(
        real.astype("float32"), generated.astype("float32"), "logistic_regression", 3
    )
    result = restored.result()
    assert list(result) == ["two_sample_accuracy", "two_sample_p_value"]
    np.testing.assert_allclose([float(v) for v in result.values()], expected, rtol=1e-5)


def test_an_unknown_classifier_is_refused_at_once():
    with pytest.raises(ValueError, match="Unknown classifier: 'forest'"):
        metrics.ClassifierTwoSampleTest(classifier="forest")
