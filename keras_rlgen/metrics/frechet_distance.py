"""Fréchet distance between real and generated samples."""

import keras
import numpy as np

from keras_rlgen.metrics.feature_matrices import as_feature_matrices
from keras_rlgen.metrics.sample_metric import SampleMetric


def frechet_distance(real_features, generated_features):
    """Computes the squared Fréchet distance of Gaussians fitted to two feature sets.

    With means `m` and unbiased covariances `C`:

    `|m_r - m_g|^2 + tr(C_r + C_g - 2 (C_r C_g)^(1/2))`

    0 if mean and covariance agree. The estimate is biased upwards for few samples:
    compare only values for equal numbers of samples, and use several times more samples
    than features.

    Args:
        real_features: Array of shape `(num_real, feature_size)`, `num_real >= 2`.
        generated_features: Array of shape `(num_generated, feature_size)`,
            `num_generated >= 2`.

    Returns:
        Float >= 0, in squared units of the features. Computed in float64.

    Raises:
        ValueError: If shapes do not agree, a set has fewer than two samples, or a value
            is not finite.

    Reference:

    - [Heusel et al., 2017](https://arxiv.org/abs/1706.08500), equation 6. The
      trace of the matrix square root is computed as the nuclear norm of
      `C_g^(1/2) C_r^(1/2)`, which stays real for singular covariances.

    Example:

    >>> real = np.random.default_rng(0).normal(size=(1000, 2))
    >>> round(frechet_distance(real, real + 3.0), 6)
    18.0
    """
    real, generated = as_feature_matrices(real_features, generated_features, minimum=2)
    offset = real.mean(axis=0) - generated.mean(axis=0)
    real_covariance = np.atleast_2d(np.cov(real, rowvar=False))
    generated_covariance = np.atleast_2d(np.cov(generated, rowvar=False))
    overlap = np.linalg.norm(
        _square_root(generated_covariance) @ _square_root(real_covariance),
        ord="nuc",
    )
    spread = np.trace(real_covariance) + np.trace(generated_covariance)
    distance = offset @ offset + spread - 2.0 * overlap
    return float(max(distance, 0.0))


def _square_root(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


@keras.saving.register_keras_serializable("keras_rlgen")
class FrechetDistance(SampleMetric):
    """Fréchet distance between the features of real and generated samples.

    With `features="mnist"` and the like this is the FID, on the features of a
    classifier of that data set in place of Inception's: values are comparable with each
    other, not with those of papers that use Inception.

    See `keras_rlgen.metrics.frechet_distance` for the formula and
    `keras_rlgen.metrics.SampleMetric` for how samples are collected.

    Args:
        features: Features to compare: see `keras_rlgen.metrics.feature_extractor`.
        max_samples: Integer >= 2, samples kept of each kind.
        name: String, the metric's name and log key.
        dtype: Data type of the result.

    Example:

    >>> metric = FrechetDistance()
    >>> real = np.random.default_rng(0).normal(size=(500, 2))
    >>> metric.update_state(real, real + 3.0)
    >>> round(float(metric.result()), 3)
    18.0
    """

    def compute(self, real, generated):
        return frechet_distance(real, generated)
