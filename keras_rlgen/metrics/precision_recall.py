"""Precision (fidelity) and recall (diversity) of generated samples."""

import keras
import numpy as np

from keras_rlgen.metrics.feature_matrices import as_feature_matrices, centred
from keras_rlgen.metrics.neighbor_balls import (
    WORKING_MEMORY_MIB,
    ball_radii,
    check_neighbors,
)
from keras_rlgen.metrics.sample_metric import SampleMetric


def precision_recall(real, generated, neighbors=3):
    """Computes precision and recall over manifolds of nearest neighbors.

    A set's manifold is the union of balls around its samples, each reaching
    to that sample's `neighbors`-th nearest neighbor in the same set.
    *Precision* is the fraction of generated samples inside the real manifold,
    *recall* the fraction of real samples inside the generated manifold.

    Args:
        real: Array of shape `(num_real, feature_size)`,
            `num_real > neighbors`.
        generated: Array of shape `(num_generated, feature_size)`,
            `num_generated > neighbors`.
        neighbors: Integer >= 1.

    Returns:
        `(precision, recall)`: floats in [0, 1]. Computed in float64, with
        time growing as the product of the sample counts.

    Raises:
        ValueError: If `neighbors` is not a positive integer, shapes do not
            agree, a set has no more than `neighbors` samples, or a value is not finite.

    Reference:

    - [Kynkäänniemi et al., 2019](https://arxiv.org/abs/1904.06991), equations
      1 and 2

    Example:

    >>> real = np.array([[0.0], [1.0], [10.0], [11.0]])
    >>> generated = np.array([[0.0], [0.5], [1.0], [0.2]])
    >>> precision_recall(real, generated, neighbors=1)
    (1.0, 0.5)
    """
    check_neighbors(neighbors)
    real, generated = as_feature_matrices(real, generated, minimum=neighbors + 1)
    real, generated = centred(real, generated)
    precision = _fraction_inside(generated, real, neighbors)
    recall = _fraction_inside(real, generated, neighbors)
    return precision, recall


def _fraction_inside(samples, manifold, neighbors):
    from sklearn.metrics import pairwise_distances_chunked

    radii = ball_radii(manifold, neighbors)

    def any_ball_holds(distances, start):
        return (distances <= radii).any(axis=1)

    inside = pairwise_distances_chunked(
        samples,
        manifold,
        reduce_func=any_ball_holds,
        working_memory=WORKING_MEMORY_MIB,
    )
    return float(np.concatenate(list(inside)).mean())


@keras.saving.register_keras_serializable("keras_rlgen")
class PrecisionRecall(SampleMetric):
    """Precision and recall of generated samples, as a dictionary.

    See `keras_rlgen.metrics.precision_recall` for the definitions and
    `keras_rlgen.metrics.SampleMetric` for how samples are collected.

    Args:
        features: Features to compare: see `keras_rlgen.metrics.feature_extractor`.
        neighbors: Integer >= 1: the radius of a sample's ball is the distance
            to this nearest neighbor.
        max_samples: Integer > `neighbors`, samples kept of each kind.
        name: String, the metric's name. The log keys are `precision` and
            `recall`.
        dtype: Data type of the results.

    Returns:
        `result()` gives `{"precision": scalar, "recall": scalar}`, both in
        [0, 1]; NaN while either set has no more than `neighbors` samples.

    Example:

    >>> metric = PrecisionRecall(neighbors=1)
    >>> metric.update_state([[0.0], [1.0], [9.0]], [[0.0], [0.5], [1.0]])
    >>> float(metric.result()["precision"])
    1.0
    """

    result_names = ("precision", "recall")

    def __init__(
        self,
        features="identity",
        neighbors=3,
        max_samples=10_000,
        name=None,
        dtype=None,
    ):
        check_neighbors(neighbors)
        self.neighbors = neighbors
        self.minimum_samples = neighbors + 1
        super().__init__(features, max_samples, name=name, dtype=dtype)

    def compute(self, real, generated):
        values = precision_recall(real, generated, self.neighbors)
        return dict(zip(self.result_names, values, strict=True))

    def get_config(self):
        return {**super().get_config(), "neighbors": self.neighbors}
