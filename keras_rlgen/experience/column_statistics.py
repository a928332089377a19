import numpy as np

# Values of float32 are off by up to 2^-24 of their size. Columns are scaled by at least
# sixteen times that, so that what rounding does never looks like a signal.
RESOLUTION = 2.0**-20


def column_statistics(values, magnitude=None):
    """Computes by what columns are standardised: `(values - mean) / scale`.

    Args:
        values: Float array `(rows, columns)`.
        magnitude: Float array `(columns,)`, how large the numbers were that the values
            are differences of. `None`, the default: they are no differences.

    Returns:
        Float32 arrays `(columns,)`: the mean, and the standard deviation, which is
        computed in float64. A column of equal values has the scale 1. Nothing here
        depends on the unit of a column.

    Example:

    >>> column_statistics(np.array([[0.1, 5.0], [0.3, 5.0]]))
    (array([0.2, 5. ], dtype=float32), array([0.1, 1. ], dtype=float32))
    """
    values = np.asarray(values, "float64")
    mean = values.mean(axis=0)
    deviation = np.sqrt(np.mean(np.square(values - mean), axis=0))
    if magnitude is None:
        magnitude = np.abs(values).max(axis=0)
    scale = np.maximum(deviation, RESOLUTION * np.asarray(magnitude, "float64"))
    constant = (np.ptp(values, axis=0) == 0.0) | (scale < np.finfo("float32").tiny)
    return mean.astype("float32"), np.where(constant, 1.0, scale).astype("float32")
