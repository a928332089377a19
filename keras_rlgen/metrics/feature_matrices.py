"""Validates the arguments of two-sample metrics."""

import numpy as np


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

    Example:

    >>> real, generated = as_feature_matrices([[0, 1]], [[2, 3]], minimum=1)
    >>> real.dtype.name
    'float64'
    """
    real = np.asarray(real_features, dtype="float64")
    generated = np.asarray(generated_features, dtype="float64")
    first, second = names
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
