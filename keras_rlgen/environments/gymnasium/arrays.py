"""What is demanded of each array that an environment or a policy hands over."""

import math

import numpy as np


class ArrayCheck:
    """Lets an array through if it is of one shape and of a kind of dtype.

    Args:
        shape: Tuple, the shape expected.
        dtype: The dtype expected; one that it may be cast from within its kind, such
            as float64 for float32, passes as well.
        name: What the array is called in errors.

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
        """Checks that the numbers in an array are finite.

        Args:
            array: Array of floats, its first axis that of environments.

        Raises:
            ValueError: If there is NaN or an infinite number, and in which rows.
        """
        if not all_finite(array):
            finite = np.isfinite(array).reshape(len(array), -1).all(axis=1)
            raise ValueError(
                f"Expected {self.name} of finite numbers. Received NaN or an infinite "
                f"number in the rows {np.flatnonzero(~finite).tolist()}"
            )


def all_finite(array):
    """Returns whether an array of floats holds neither NaN nor an infinite number.

    A sum of squares is NaN or infinite if any of the numbers is: one call of BLAS,
    where a look at each number takes several of NumPy. Squares that overflow are
    looked at again.
    """
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())
