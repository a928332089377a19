import doctest
import math

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.rl_models import gradient_quality as quality

KEY = tf.constant([1, 2])


def test_examples_in_docstrings_run():
    result = doctest.testmod(quality, extraglobs={"tf": tf})
    assert result.attempted > 0 and result.failed == 0


def test_moments_in_numpy():
    def noise(key):
        return 3.0 + tf.random.stateless_normal((4,), key) * [1.0, 2.0, 0.0, 0.1]

    draws = [noise(k) for k in tf.random.experimental.stateless_split(KEY, 7)]
    mean, variance = quality.gradient_moments(noise, 4, 7, KEY)
    np.testing.assert_allclose(mean, np.mean(draws, axis=0), rtol=1e-5)
    expected = np.var(draws, axis=0, ddof=1)
    np.testing.assert_allclose(variance, expected, rtol=1e-4, atol=1e-6)


def test_what_noise_alone_would_give_is_taken_away():
    """Over many reports the squares of signal and bias are right on average."""
    random = np.random.default_rng(0)
    gradient, offset, count = np.array([1.0, -2.0]), np.array([0.5, 0.0]), 4
    signals, biases = [], []
    for _ in range(500):
        draws = gradient + offset + random.normal(size=(count, 2))
        reference = gradient + random.normal(size=2) * 0.1
        report = quality.gradient_quality(
            draws.mean(0).astype("float32"), 2.0, count, (reference, 0.02)
        )
        signals.append(2.0 * report["signal_to_noise"] ** 2)
        length = np.sqrt(np.sum(reference**2) - 0.02)
        biases.append((report["relative_bias"] * length) ** 2)
        assert report["relative_noise"] == pytest.approx(math.sqrt(0.52) / length)
    assert np.mean(signals) == pytest.approx(np.sum((gradient + offset) ** 2), rel=0.1)
    # Negative squares are cut to zero, which leaves a mean above 0.25.
    assert 0.25 < np.mean(biases) < 0.25 + 0.52


def test_no_noise_and_no_reference():
    report = quality.gradient_quality([3.0, 4.0], 0.0, 5)
    assert report["signal_to_noise"] == math.inf
    assert math.isnan(report["relative_bias"]) and math.isnan(report["relative_noise"])
