"""Validates the arguments of two-sample metrics."""

import numpy as np


def centred(first, *others):
    """Subtracts the mean of the first set from all, for distances between their rows.

    Distances do not change, but are computed from differences of squares, which are
    wrong where values are large compared with their spread.

    Args:
        first: Float64 array `(rows, size)`.
        *others: Float64 arrays of the same size.

    Returns:
        List of arrays.

    Example:

    >>> [rows.tolist() for rows in centred(np.array([[4.0], [6.0]]), np.ones((1, 1)))]
    [[[-1.0], [1.0]], [[-4.0]]]
    """
    mean = first.mean(axis=0)
    return [rows - mean for rows in (first, *others)]


def as_feature_matrices(
    real_features, generated_features, minimum, names=("real", "generated")
):
    """Validates two sets of feature vectors and returns them as float64.

    Args:
        real_features: Array-like of shape `(num_real, feature_size)`.
        generated_features: Array-like of shape
            `(num_generated, feature_size)`.
        minimum: Integer, the minimum number of rows of each.
        names: Pair of strings, the names of the two in errors.

    Returns:
        The two arrays, float64.

    Raises:
        ValueError: If a rank is not 2, the feature sizes differ, there are fewer rows
            than `minimum`, or a value is not finite.
        TypeError: If the values are no real numbers.

    Example:

    >>> real, generated = as_feature_matrices([[0, 1]], [[2, 3]], minimum=1)
    >>> real.dtype.name
    'float64'
    """
    first, second = names
    real = _as_numbers(real_features, first)
    generated = _as_numbers(generated_features, second)
    if real.ndim != 2 or generated.ndim != 2 or real.shape[1] != generated.shape[1]:
        raise ValueError(
            f"Expected `{first}_features` of shape (num_{first}, feature_size) and "
            f"`{second}_features` of shape (num_{second}, feature_size). "
            f"Received: shapes {real.shape} and {generated.shape}. Flatten "
            "images with `.reshape(len(images), -1)`."
        )
    if min(len(real), len(generated)) < minimum:
        raise ValueError(
            f"Expected at least {minimum} {first} and {minimum} {second} "
            f"samples. Received: {len(real)} and {len(generated)}"
        )
    for name, features in ((first, real), (second, generated)):
        if not np.isfinite(features).all():
            raise ValueError(
                f"Expected finite `{name}_features`. Received: "
                f"{np.sum(~np.isfinite(features))} values that are NaN or "
                "infinite. Has training diverged?"
            )
    return real, generated


def _as_numbers(features, name):
    """Returns features as float64, unless they are strings, objects or complex."""
    try:
        values = np.asarray(features)
    except ValueError as error:
        raise ValueError(
            f"Expected `{name}_features` of shape (num_{name}, feature_size). Received "
            f"rows of different lengths: {error}"
        ) from error
    if values.dtype.kind not in "fiub":
        raise TypeError(
            f"Expected `{name}_features` of real numbers. Received: {values.dtype}. "
            "Of complex values, compare the real and the imaginary parts."
        )
    return values.astype("float64")
