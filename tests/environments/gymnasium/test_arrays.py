import numpy as np
import pytest

from keras_rlgen.environments.gymnasium.arrays import ArrayCheck, all_finite

INFINITY = np.inf


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize("bad", [np.nan, INFINITY, -INFINITY])
def test_one_bad_number_is_found(dtype, bad):
    array = np.random.default_rng(0).normal(size=(5, 3)).astype(dtype)
    assert all_finite(array)
    array[3, 1] = bad
    assert not all_finite(array)
    assert not all_finite(np.asfortranarray(array))


def test_large_numbers_are_finite():
    assert all_finite(np.full((2, 2), 1e30, np.float32))


def test_bad_numbers_that_cancel_are_found():
    assert not all_finite(np.array([INFINITY, -INFINITY]))


def test_the_rows_are_named():
    array = np.ones((4, 2, 2), np.float32)
    array[1, 0, 0], array[3, 1, 1] = np.nan, INFINITY
    with pytest.raises(ValueError, match=r"reward of finite .* in the rows \[1, 3\]"):
        ArrayCheck(array.shape, array.dtype, "reward").require_finite(array)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (np.zeros((2, 3), np.float64), np.float32),
        (np.zeros((2, 3), np.int64), np.float32),
        (np.zeros((2, 3), np.int32), np.int64),
        ([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], np.float32),
    ],
)
def test_what_can_be_cast_passes(value, dtype):
    check = ArrayCheck((2, 3), dtype, "observation")
    np.testing.assert_array_equal(check(value), value)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (np.zeros((3, 2), np.float32), np.float32),
        (np.zeros((2, 3, 1), np.float32), np.float32),
        (np.zeros((2, 3), np.float32), np.uint8),
        (np.zeros((2, 3), np.int64), np.bool_),
        (np.full((2, 3), None), np.float32),
        (np.full((2, 3), "a"), np.float32),
    ],
)
def test_what_does_not_fit(value, dtype):
    with pytest.raises(ValueError, match=r"Expected observation of shape \(2, 3\)"):
        ArrayCheck((2, 3), dtype, "observation")(value)
