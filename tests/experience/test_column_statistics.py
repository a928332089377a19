import doctest

import numpy as np
import pytest

from keras_rlgen.experience import column_statistics as module
from keras_rlgen.experience.column_statistics import column_statistics


def test_examples_run():
    assert doctest.testmod(module, extraglobs={"np": np}).failed == 0


def test_moments_agree_with_numpy():
    values = np.random.default_rng(0).normal(3.0, 2.0, size=(500, 4))
    mean, scale = column_statistics(values)
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(scale, values.std(axis=0), rtol=1e-6)


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1.0, 1e9, 1e30])
def test_nothing_depends_on_the_unit(unit):
    values = np.random.default_rng(0).normal(1e3, 1.0, size=(100, 1)).astype("float32")
    mean, scale = column_statistics(values)
    other_mean, other_scale = column_statistics(values * np.float32(unit))
    np.testing.assert_allclose(other_mean, mean * unit, rtol=1e-5)
    np.testing.assert_allclose(other_scale, scale * unit, rtol=1e-3)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e-30, 1e30])
def test_a_constant_column_has_the_scale_one(value):
    _, scale = column_statistics(np.full((7, 1), value, "float32"))
    np.testing.assert_array_equal(scale, [1.0])


def test_what_rounding_does_to_differences_is_no_signal():
    now = np.arange(1000, dtype="float32")[:, None] * np.float32(0.05)
    difference = (now + np.float32(0.05)) - now
    assert np.ptp(difference) > 0.0  # They differ, as float32 rounds.
    mean, scale = column_statistics(difference, np.abs(now).max(axis=0))
    assert np.abs((difference - mean) / scale).max() < 0.1
