"""Metrics by name."""

import keras

from keras_rlgen.metrics.frechet_distance import FrechetDistance
from keras_rlgen.metrics.kernel_distance import KernelDistance
from keras_rlgen.metrics.precision_recall import PrecisionRecall

_METRICS = {
    "frechet_distance": FrechetDistance,
    "kernel_distance": KernelDistance,
    "precision_recall": PrecisionRecall,
}


def get(identifier):
    """Returns a metric of generated samples.

    Args:
        identifier: One of:

            - `"frechet_distance"`, `"kernel_distance"`, `"precision_recall"`:
              a new metric with default arguments. (`ModeCoverage` needs the
              mixture's centers, so it has no name here.)
            - A configuration from `keras.saving.serialize_keras_object`.
            - A `keras.metrics.Metric`, returned as it is.

    Returns:
        A `keras.metrics.Metric`.

    Raises:
        ValueError: If a string names no metric.
        TypeError: If `identifier` is, or describes, something else.

    Example:

    >>> get("kernel_distance").name
    'kernel_distance'
    """
    if isinstance(identifier, str):
        if identifier not in _METRICS:
            raise ValueError(
                f"Unknown metric: {identifier!r}. Expected one of "
                f"{', '.join(_METRICS)}, or an instance of a metric."
            )
        return _METRICS[identifier]()
    metric = identifier
    if isinstance(identifier, dict):
        metric = keras.saving.deserialize_keras_object(identifier)
    if not isinstance(metric, keras.metrics.Metric):
        raise TypeError(
            f"Expected one of {', '.join(_METRICS)}, an instance of a metric, "
            f"or its configuration. Received: {identifier!r}"
        )
    return metric
