import doctest

import numpy as np
import pytest

from keras_rlgen import arguments
from keras_rlgen.arguments import (
    check_flag,
    check_integer,
    check_number,
    check_seed,
    checked_range,
    is_integer,
    is_number,
)


@pytest.mark.parametrize("value", ["1", None, True, [1], np.ones(1), 1j])
def test_what_is_no_number(value):
    assert not is_number(value)
    assert not is_integer(value)


def test_numbers_of_numpy_are_numbers():
    assert is_number(np.float32(0.5)) and is_integer(np.int64(3))
    assert not is_integer(np.float32(3.0))


@pytest.mark.parametrize(
    "check",
    [
        lambda: check_integer("x", 0),
        lambda: check_integer("x", 9, most=8),
        lambda: check_number("x", float("nan")),
        lambda: check_number("x", 0.0, above=0.0),
        lambda: check_number("x", 2.0, least=0.0, most=1.0),
        lambda: check_seed(2**31, "x"),
        lambda: check_seed(-1, "x", least=0),
        lambda: checked_range((1.0, 0.0), "x"),
        lambda: checked_range("01", "x"),
        lambda: checked_range((0.0, float("inf")), "x"),
    ],
)
def test_what_is_out_of_range(check):
    with pytest.raises(ValueError, match="Expected `x` to be .* Received: "):
        check()


def test_what_is_in_range():
    check_integer("x", np.int32(1))
    check_number("x", 1, least=1.0, most=1.0)
    check_seed(None)
    check_seed(-1)
    assert checked_range([0, 1]) == (0.0, 1.0)


def test_examples():
    assert doctest.testmod(arguments).failed == 0


@pytest.mark.parametrize("value", ["no", 1, None, 0.0])
def test_what_is_no_flag(value):
    with pytest.raises(TypeError, match="Expected `x` to be True or False"):
        check_flag("x", value)
    check_flag("x", np.bool_(True))
