"""Tells numbers from other values, for the checks of arguments."""

import math
import numbers

import numpy as np


def is_number(value):
    """Returns whether a value is a real number: no string, boolean or array.

    Example:

    >>> is_number(0.5), is_number("0.5"), is_number(True)
    (True, False, False)
    """
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def is_integer(value):
    """Returns whether a value is an integer, and no boolean.

    Example:

    >>> is_integer(3), is_integer(3.0), is_integer(True)
    (True, False, False)
    """
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def check_integer(name, value, least=1, most=math.inf):
    """Raises an error unless an argument is an integer in a range.

    Args:
        name: String, the argument.
        value: Its value.
        least: Integer, the least it may be.
        most: Integer, the most it may be.

    Raises:
        ValueError: If it is not.

    Example:

    >>> check_integer("columns", 0)
    Traceback (most recent call last):
    ...
    ValueError: Expected `columns` to be an integer >= 1. Received: 0
    """
    if not is_integer(value) or not least <= value <= most:
        limit = "" if most == math.inf else f" and <= {most}"
        raise ValueError(
            f"Expected `{name}` to be an integer >= {least}{limit}. Received: {value!r}"
        )


def check_number(name, value, least=-math.inf, most=math.inf, above=-math.inf):
    """Raises an error unless an argument is a finite number in a range.

    Args:
        name: String, the argument.
        value: Its value.
        least: Float, the least it may be.
        most: Float, the most it may be.
        above: Float, what it has to be above.

    Raises:
        ValueError: If it is not.

    Example:

    >>> check_number("constant", float("nan"))
    Traceback (most recent call last):
    ...
    ValueError: Expected `constant` to be a finite number. Received: nan
    """
    inside = is_number(value) and math.isfinite(value)
    if not inside or not least <= value <= most or not value > above:
        limits = [
            f" {sign} {limit:g}"
            for sign, limit in ((">=", least), (">", above), ("<=", most))
            if math.isfinite(limit)
        ]
        raise ValueError(
            f"Expected `{name}` to be a finite number{' and'.join(limits)}. "
            f"Received: {value!r}"
        )


def check_flag(name, value):
    """Raises an error unless an argument is true or false.

    Args:
        name: String, the argument.
        value: Its value.

    Raises:
        TypeError: If it is not; the text "no" would count as true.

    Example:

    >>> check_flag("pipelined", "no")
    Traceback (most recent call last):
    ...
    TypeError: Expected `pipelined` to be True or False. Received: 'no'
    """
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"Expected `{name}` to be True or False. Received: {value!r}")


def check_no_class(name, value):
    """Raises an error if an argument is a class, where an object of it is meant.

    Args:
        name: String, the argument.
        value: Its value.

    Raises:
        TypeError: If it is a class.

    Example:

    >>> check_no_class("source", dict)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    TypeError: Expected `source` to be an object. Received: the class `dict`. Call it...
    """
    if isinstance(value, type):
        raise TypeError(
            f"Expected `{name}` to be an object. Received: the class "
            f"`{value.__name__}`. Call it: `{value.__name__}(...)`."
        )


def check_seed(value, name="seed", least=-(2**31)):
    """Raises an error unless a seed is an int32 integer, or `None`.

    Args:
        value: The seed.
        name: String, the argument.
        least: Integer, the least it may be; NumPy's random numbers take none below 0.

    Raises:
        ValueError: If it is not.

    Example:

    >>> check_seed(1.5)
    Traceback (most recent call last):
    ...
    ValueError: Expected `seed` to be None or an int32 integer. Received: 1.5
    """
    if value is None:
        return
    if not is_integer(value) or not least <= value < 2**31:
        kind = "an int32 integer" if least < 0 else f"an integer >= {least}, int32"
        raise ValueError(f"Expected `{name}` to be None or {kind}. Received: {value!r}")


def checked_shape(value, name):
    """Returns the shape of a sample as a tuple of integers.

    Args:
        value: Tuple or list of integers >= 1, at least one.
        name: String, the argument.

    Raises:
        ValueError: If it is something else.

    Example:

    >>> checked_shape([28, 28, 1], "sample_shape")
    (28, 28, 1)
    """
    sizes = tuple(value) if isinstance(value, (tuple, list)) else ()
    if not sizes or not all(is_integer(size) and size >= 1 for size in sizes):
        raise ValueError(
            f"Expected `{name}` to be a tuple of integers >= 1, such as (28, 28, 1). "
            f"Received: {value!r}"
        )
    return tuple(map(int, sizes))


def checked_range(value, name="value_range"):
    """Returns a range as a pair of floats.

    Args:
        value: `(low, high)`.
        name: String, the argument.

    Raises:
        ValueError: If it is no pair of finite numbers, the first below the second.

    Example:

    >>> checked_range((0, 1))
    (0.0, 1.0)
    """
    pair = tuple(value) if isinstance(value, (tuple, list)) else ()
    if (
        len(pair) != 2
        or not all(is_number(x) and math.isfinite(x) for x in pair)
        or not pair[0] < pair[1]
    ):
        raise ValueError(
            f"Expected `{name}` to be (low, high), finite, low < high. Received: "
            f"{value!r}"
        )
    return float(pair[0]), float(pair[1])
