import doctest

import numpy as np
import pytest

from keras_rlgen.models.experience import end_scores
from keras_rlgen.models.experience.end_scores import (
    area_under_curve,
    expected_calibration_error,
)

RANDOM = np.random.default_rng(0)
PROBABILITY = np.round(RANDOM.random(50), 1)
IS_END = RANDOM.random(50) < PROBABILITY


def test_examples():
    assert doctest.testmod(end_scores).failed == 0


def test_area_under_curve_as_counted_by_pairs():
    wins = [
        1.0 if end > other else 0.5 if end == other else 0.0
        for end in PROBABILITY[IS_END]
        for other in PROBABILITY[~IS_END]
    ]
    assert area_under_curve(IS_END, PROBABILITY) == pytest.approx(np.mean(wins))
    assert np.isnan(area_under_curve([True], [0.5]))


def test_calibration_error_as_counted_by_bins():
    expected = 0.0
    for low in range(10):
        within = np.minimum((PROBABILITY * 10).astype(int), 9) == low
        if within.any():
            gap = abs(IS_END[within].mean() - PROBABILITY[within].mean())
            expected += within.mean() * gap
    error = expected_calibration_error(IS_END, PROBABILITY)
    assert error == pytest.approx(expected)
