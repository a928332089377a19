"""Tells numbers from other values, for the checks of arguments."""

import numbers


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
