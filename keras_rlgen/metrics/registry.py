"""Metrics by name."""

import keras

from keras_rlgen.identifiers import from_identifier
from keras_rlgen.metrics.classifier_two_sample_test import ClassifierTwoSampleTest
from keras_rlgen.metrics.density_coverage import DensityCoverage
from keras_rlgen.metrics.frechet_distance import FrechetDistance
from keras_rlgen.metrics.kernel_distance import KernelDistance
from keras_rlgen.metrics.precision_recall import PrecisionRecall

_METRICS = {
    "classifier_two_sample_test": ClassifierTwoSampleTest,
    "density_coverage": DensityCoverage,
    "frechet_distance": FrechetDistance,
    "kernel_distance": KernelDistance,
    "precision_recall": PrecisionRecall,
}


def get(identifier):
    """Returns a metric of generated samples.

    Args:
        identifier: One of:

            - `"classifier_two_sample_test"`, `"density_coverage"`,
              `"frechet_distance"`, `"kernel_distance"`, `"precision_recall"`: a
              new metric with default arguments. (`ModeCoverage` needs the
              mixture's centers, so it has no name here.)
            - A configuration from `keras.saving.serialize_keras_object`.
            - A `keras.metrics.Metric`, returned unchanged.

    Returns:
        A `keras.metrics.Metric`.

    Raises:
        ValueError: If a name is unknown.
        TypeError: If `identifier` is, or describes, something else.

    Example:

    >>> get("kernel_distance").name
    'kernel_distance'
    """
    return from_identifier(
        identifier, keras.metrics.Metric, _METRICS, "metric", "an instance of a metric"
    )
