import keras
import numpy as np
import pytest

from keras_rlgen import datasets, metrics


def test_values_counted_by_hand():
    centers = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]]
    samples = [
        [0.0, 0.0],  # mode 0
        [1.5, 2.0],  # mode 0, 2.5 away
        [0.0, 3.0],  # mode 0, on the border
        [10.0, 0.5],  # mode 1
        [0.0, 13.5],  # nearest to mode 2, but 3.5 away
    ]
    result = metrics.mode_coverage(samples, centers, scale=1.0)
    reverse_kl = 0.6 * np.log(0.6 * 4) + 2 * 0.2 * np.log(0.2 * 4)
    assert result == {
        "modes": 2.0,
        "high_quality_fraction": 0.8,
        "reverse_kl": pytest.approx(reverse_kl),
    }


def test_threshold_is_in_standard_deviations():
    samples, centers = [[0.0], [0.5], [10.0]], [[0.0], [10.0]]
    tight = metrics.mode_coverage(samples, centers, scale=0.1, threshold=4.0)
    wide = metrics.mode_coverage(samples, centers, scale=0.1, threshold=6.0)
    assert tight["high_quality_fraction"] == pytest.approx(2 / 3)
    assert wide["high_quality_fraction"] == 1.0


def test_one_mode_and_all_modes_are_the_extremes():
    centers = datasets.grid_centers()
    collapsed = metrics.mode_coverage(np.repeat(centers[:1], 9, 0), centers, 0.05)
    assert collapsed["modes"] == 1.0
    assert collapsed["reverse_kl"] == pytest.approx(np.log(25.0))
    perfect = metrics.mode_coverage(centers, centers, 0.05)
    assert perfect == {"modes": 25.0, "high_quality_fraction": 1.0, "reverse_kl": 0.0}


def test_real_data_has_the_known_share_of_high_quality():
    samples = datasets.gaussian_ring(seed=0)
    result = metrics.mode_coverage(samples, datasets.ring_centers(), scale=0.01)
    assert result["modes"] == 8.0
    assert result["reverse_kl"] < 1e-3
    assert result["high_quality_fraction"] == pytest.approx(
        1.0 - np.exp(-4.5), abs=5 * np.sqrt(0.011 / 100_000)
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples": np.zeros((3, 3))}, r"shape \(num_samples, 2\)"),
        ({"samples": np.zeros(3)}, r"shape \(num_samples, 2\)"),
        ({"samples": np.zeros((0, 2))}, "at least one sample"),
        ({"samples": np.full((1, 2), np.nan)}, "2 values NaN"),
        ({"centers": np.zeros(2)}, "finite `centers` of shape"),
        ({"centers": np.zeros((0, 2))}, "finite `centers` of shape"),
        ({"scale": 0.0}, "`scale` must be a positive"),
        ({"threshold": np.inf}, "`threshold` must be a positive"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    valid = {"samples": np.zeros((3, 2)), "centers": np.zeros((4, 2)), "scale": 1.0}
    with pytest.raises(ValueError, match=message):
        metrics.mode_coverage(**{**valid, **arguments})


def test_metric_agrees_with_the_function_and_needs_no_real_samples():
    centers = datasets.ring_centers()
    samples = datasets.gaussian_ring(500, scale=0.02, seed=0)
    metric = metrics.ModeCoverage(centers, scale=0.01, threshold=2.0)
    metric.update_state(None, samples[:200])
    metric.update_state(samples[:7], samples[200:])
    result = metric.result()
    expected = metrics.mode_coverage(samples, centers, 0.01, threshold=2.0)
    assert list(result) == list(expected)
    np.testing.assert_allclose(
        [float(v) for v in result.values()], list(expected.values()), rtol=1e-6
    )


def test_metric_refuses_a_wrong_mixture_and_samples():
    with pytest.raises(ValueError, match="`scale` must be a positive"):
        metrics.ModeCoverage([[0.0]], scale=-1.0)
    metric = metrics.ModeCoverage([[0.0]], scale=1.0)
    metric.update_state(None, np.zeros((4, 3)))
    with pytest.raises(ValueError, match=r"shape \(num_samples, 1\)"):
        metric.result()


def test_metric_config_round_trip():
    metric = metrics.ModeCoverage(
        datasets.grid_centers(size=2),
        scale=0.3,
        threshold=2.5,
        max_samples=60,
        name="coverage",
        dtype="float64",
    )
    config = keras.saving.serialize_keras_object(metric)
    restored = keras.saving.deserialize_keras_object(config)
    assert isinstance(restored, metrics.ModeCoverage)
    assert restored.get_config() == metric.get_config()
    assert restored.get_config() == {
        "centers": [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]],
        "scale": 0.3,
        "threshold": 2.5,
        "max_samples": 60,
        "name": "coverage",
        "dtype": "float64",
    }
