"""Checks of the arrays that environments and policies return."""

import math

import numpy as np


class ArrayCheck:
    """Checks the shape and the dtype of arrays.

    Args:
        shape: Tuple, the expected shape.
        dtype: The expected dtype; one that can be cast to it within the same kind, such
            as float64 for float32, passes as well.
        name: Name of the array in errors.

    Raises:
        ValueError: When called on an array that does not fit.

    Example:

    >>> check = ArrayCheck((2,), np.float32, "reward")
    >>> check([1.0, 2.0])
    array([1., 2.])
    """

    def __init__(self, shape, dtype, name):
        self.shape = tuple(shape)
        self.dtype = np.dtype(dtype)
        self.name = name
        self._known = {}

    def __call__(self, value):
        array = np.asarray(value)
        if array.shape != self.shape or not self._takes(array.dtype):
            raise ValueError(
                f"Expected {self.name} of shape {self.shape} and dtype "
                f"{self.dtype.name}. Received: shape {array.shape}, dtype "
                f"{array.dtype.name}"
            )
        return array

    def _takes(self, dtype):
        if dtype not in self._known:
            self._known[dtype] = np.can_cast(dtype, self.dtype, "same_kind")
        return self._known[dtype]

    def require_finite(self, array):
        """Checks that all numbers in an array are finite.

        Args:
            array: Array of floats, with the environments as its first axis.

        Raises:
            ValueError: If one is NaN or infinite; it names the rows.
        """
        if not all_finite(array):
            finite = np.isfinite(array).reshape(len(array), -1).all(axis=1)
            raise ValueError(
                f"Expected {self.name} of finite numbers. Received NaN or an infinite "
                f"number in the rows {np.flatnonzero(~finite).tolist()}"
            )


def all_finite(array):
    """Returns whether an array of floats holds neither NaN nor an infinite number.

    A sum of squares is NaN or infinite if any number is: one BLAS call instead of
    several NumPy calls. If squares overflow, each number is checked.
    """
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())
