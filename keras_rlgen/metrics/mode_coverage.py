"""Mode coverage of a generator on a known mixture."""

import keras
import numpy as np

from keras_rlgen.arguments import is_number
from keras_rlgen.metrics.sample_metric import SampleMetric

_BLOCK_ROWS = 10_000


def mode_coverage(samples, centers, scale, threshold=3.0):
    """Computes the number of modes, of high-quality samples, and the mode balance.

    Every sample is assigned to the mode whose center is nearest (Euclidean
    distance; the first of equally near ones).

    - A sample is of *high quality* if that center lies within
      `threshold * scale`.
    - `modes`: modes that at least one high-quality sample is assigned to.
    - `high_quality_fraction`: high-quality samples / all samples.
    - `reverse_kl`: with `q_i` the fraction of *all* samples, of high quality or
      not, assigned to mode `i`, `sum_i q_i log(q_i * num_modes)`: the
      Kullback-Leibler divergence from `q` to equal weights, in nats, with
      `0 log 0 = 0`. A missed mode leaves it finite.

    Real data does not reach 1: of a Gaussian in the plane, `1 - exp(-9 / 2)`, 98.9 %,
    lies within three standard deviations.

    Args:
        samples: Array of shape `(num_samples, size)`, `num_samples >= 1`.
        centers: Array of shape `(num_modes, size)`.
        scale: Float > 0, standard deviation of every mode along each axis.
        threshold: Float > 0, in standard deviations.

    Returns:
        Dictionary of floats: `modes` in [0, num_modes],
        `high_quality_fraction` in [0, 1], `reverse_kl` in
        [0, log(num_modes)].

    Raises:
        ValueError: If shapes do not agree, there are no samples, a value is
            not finite, or `scale` or `threshold` is not positive.

    Reference:

    - [Lin et al., 2018, PacGAN](https://arxiv.org/abs/1712.04086), section 4.1,
      which uses 2,500 samples. The frequencies of the real data are assumed equal,
      where the paper counts them.

    Example:

    >>> result = mode_coverage([[0.0], [0.1], [5.0]], [[0.0], [4.0]], scale=0.1)
    >>> result["modes"], round(result["high_quality_fraction"], 3)
    (1.0, 0.667)
    """
    centers = _check_mixture(centers, scale, threshold)
    samples = np.asarray(samples, dtype="float64")
    if samples.ndim != 2 or samples.shape[1] != centers.shape[1]:
        raise ValueError(
            f"Expected `samples` of shape (num_samples, {centers.shape[1]}), "
            f"like `centers` of shape {centers.shape}. "
            f"Received: shape {samples.shape}"
        )
    if len(samples) == 0 or not np.isfinite(samples).all():
        raise ValueError(
            "Expected at least one sample and finite values. Received: "
            f"{len(samples)} samples, {np.sum(~np.isfinite(samples))} values "
            "NaN or infinite. Has training diverged?"
        )
    nearest, distances = _nearest_center(samples, centers)
    is_high_quality = distances <= threshold * scale
    found = np.unique(nearest[is_high_quality])
    counts = np.bincount(nearest, minlength=len(centers))
    frequencies = counts[counts > 0] / len(samples)
    reverse_kl = np.sum(frequencies * np.log(frequencies * len(centers)))
    return {
        "modes": float(len(found)),
        "high_quality_fraction": float(is_high_quality.mean()),
        "reverse_kl": float(max(reverse_kl, 0.0)),
    }


def _nearest_center(samples, centers):
    from scipy.spatial.distance import cdist

    nearest, distances = [], []
    for start in range(0, len(samples), _BLOCK_ROWS):
        block = cdist(samples[start : start + _BLOCK_ROWS], centers)
        nearest.append(block.argmin(axis=1))
        distances.append(block.min(axis=1))
    return np.concatenate(nearest), np.concatenate(distances)


def _check_mixture(centers, scale, threshold):
    centers = np.asarray(centers, dtype="float64")
    if centers.ndim != 2 or 0 in centers.shape or not np.isfinite(centers).all():
        raise ValueError(
            "Expected finite `centers` of shape (num_modes, size), such as "
            "`keras_rlgen.datasets.ring_centers()`. "
            f"Received: shape {centers.shape}"
        )
    for name, value in (("scale", scale), ("threshold", threshold)):
        if not is_number(value) or not 0.0 < value < np.inf:
            raise ValueError(
                f"Argument `{name}` must be a positive, finite number. "
                f"Received: {name}={value!r}"
            )
    return centers


@keras.saving.register_keras_serializable("keras_rlgen")
class ModeCoverage(SampleMetric):
    """Mode coverage of generated samples, as a dictionary.

    Real samples are ignored, since the mixture is known. `update_state` takes them
    anyway (or `None`), so that all metrics of generated samples have the same
    interface.

    See `keras_rlgen.metrics.mode_coverage` for the definitions and
    `keras_rlgen.metrics.SampleMetric` for how samples are collected.

    Args:
        centers: Array of shape `(num_modes, size)`.
        scale: Float > 0, standard deviation of every mode along each axis.
        threshold: Float > 0: the number of standard deviations around a center within
            which a sample is of high quality.
        max_samples: Integer >= 2, samples kept.
        name: String, the metric's name. The log keys are `modes`,
            `high_quality_fraction` and `reverse_kl`.
        dtype: Data type of the results.

    Example:

    >>> metric = ModeCoverage(centers=[[0.0], [4.0]], scale=0.1)
    >>> metric.update_state(None, [[0.0], [0.1], [5.0]])
    >>> float(metric.result()["modes"])
    1.0
    """

    result_names = ("modes", "high_quality_fraction", "reverse_kl")
    uses_real_samples = False

    def __init__(
        self,
        centers,
        scale,
        threshold=3.0,
        max_samples=10_000,
        name=None,
        dtype=None,
    ):
        self.centers = _check_mixture(centers, scale, threshold)
        self.scale = float(scale)
        self.threshold = float(threshold)
        super().__init__("identity", max_samples, name=name, dtype=dtype)

    def compute(self, real, generated):
        return mode_coverage(generated, self.centers, self.scale, self.threshold)

    def get_config(self):
        config = super().get_config()
        del config["features"]
        config["centers"] = self.centers.tolist()
        config["scale"] = self.scale
        config["threshold"] = self.threshold
        return config
