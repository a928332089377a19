"""Density and coverage: fidelity and diversity, robust to outliers."""

import keras
import numpy as np

from keras_rlgen.metrics.feature_matrices import as_feature_matrices, centred
from keras_rlgen.metrics.neighbor_balls import (
    WORKING_MEMORY_MIB,
    ball_radii,
    check_neighbors,
)
from keras_rlgen.metrics.sample_metric import SampleMetric


def density_coverage(real, generated, neighbors=5):
    """Computes density (fidelity) and coverage (diversity) of generated samples.

    The ball around each of the `n` real samples `x_i` extends to its `neighbors`-th
    nearest real neighbor. With `m` generated samples `y_j`:

    - `density = 1 / (neighbors * m) sum_j sum_i 1[y_j in ball(x_i)]`
    - `coverage = 1 / n sum_i 1[some y_j in ball(x_i)]`

    Density counts the balls that contain a sample, where precision needs only one; so
    the large ball of a real outlier has little weight. Coverage uses the balls of real
    samples, not of generated ones; so scattered samples do not increase it. Two sets
    from the same distribution have a density of about 1 and, if equally large, a
    coverage near `1 - 2^-neighbors`.

    Args:
        real: Array of shape `(num_real, feature_size)`,
            `num_real > neighbors`.
        generated: Array of shape `(num_generated, feature_size)`,
            `num_generated > neighbors`.
        neighbors: Integer >= 1.

    Returns:
        `(density, coverage)`: floats, density at least 0 and possibly above 1,
        coverage in [0, 1]. Computed in float64, with time growing as the product
        of the sample counts.

    Raises:
        ValueError: If `neighbors` is not a positive integer, shapes do not
            agree, a set has no more than `neighbors` samples, or a value is not finite.

    Reference:

    - [Naeem et al., 2020](https://arxiv.org/abs/2002.09797), equations 3 and 4

    Example:

    >>> real = np.array([[0.0], [1.0], [10.0], [11.0]])
    >>> generated = np.array([[0.0], [0.5], [1.0], [30.0]])
    >>> density_coverage(real, generated, neighbors=1)
    (1.5, 0.5)
    """
    from sklearn.metrics import pairwise_distances_chunked

    check_neighbors(neighbors)
    real, generated = as_feature_matrices(real, generated, minimum=neighbors + 1)
    real, generated = centred(real, generated)
    radii = ball_radii(real, neighbors)

    def samples_in_each_ball(distances, start):
        within = radii[start : start + len(distances), np.newaxis]
        return (distances <= within).sum(axis=1)

    counts = np.concatenate(
        list(
            pairwise_distances_chunked(
                real,
                generated,
                reduce_func=samples_in_each_ball,
                working_memory=WORKING_MEMORY_MIB,
            )
        )
    )
    density = counts.sum() / (neighbors * len(generated))
    return float(density), float((counts > 0).mean())


@keras.saving.register_keras_serializable("keras_rlgen")
class DensityCoverage(SampleMetric):
    """Density and coverage of generated samples, as a dictionary.

    See `keras_rlgen.metrics.density_coverage` for the definitions and
    `keras_rlgen.metrics.SampleMetric` for how samples are collected.

    Args:
        features: Features to compare: see `keras_rlgen.metrics.feature_extractor`.
        neighbors: Integer >= 1: the radius of a sample's ball is the distance
            to this nearest neighbor.
        max_samples: Integer > `neighbors`, samples kept of each kind.
        name: String, the metric's name. The log keys are `density` and
            `coverage`.
        dtype: Data type of the results.

    Returns:
        `result()` gives `{"density": scalar, "coverage": scalar}`; NaN while either set
        has no more than `neighbors` samples.

    Example:

    >>> metric = DensityCoverage(neighbors=1)
    >>> metric.update_state([[0.0], [1.0], [9.0]], [[0.0], [0.5], [1.0]])
    >>> round(float(metric.result()["coverage"]), 3)
    1.0
    """

    result_names = ("density", "coverage")

    def __init__(
        self,
        features="identity",
        neighbors=5,
        max_samples=10_000,
        name=None,
        dtype=None,
    ):
        check_neighbors(neighbors)
        self.neighbors = neighbors
        self.minimum_samples = neighbors + 1
        super().__init__(features, max_samples, name=name, dtype=dtype)

    def compute(self, real, generated):
        values = density_coverage(real, generated, self.neighbors)
        return dict(zip(self.result_names, values, strict=True))

    def get_config(self):
        return {**super().get_config(), "neighbors": self.neighbors}
