import math

import numpy as np
import pytest
import scipy.stats

from keras_rlgen.agents.loop.confidence_interval import mean_confidence_interval


@pytest.mark.parametrize("count", [2, 5, 100])
@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_it_is_that_of_scipy(count, confidence):
    values = np.random.default_rng(count).normal(3.0, 2.0, count)
    expected = scipy.stats.t.interval(
        confidence, count - 1, values.mean(), scipy.stats.sem(values)
    )
    interval = mean_confidence_interval(values, confidence)
    np.testing.assert_allclose(interval, expected, rtol=1e-6)


def test_one_value_says_nothing_of_it():
    assert all(math.isnan(bound) for bound in mean_confidence_interval([1.0]))


def test_values_that_agree():
    assert mean_confidence_interval(np.ones(5, np.float32)) == (1.0, 1.0)
