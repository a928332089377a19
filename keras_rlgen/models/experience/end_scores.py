"""Scores of predicted probabilities of the end of an episode."""

import numpy as np


def area_under_curve(is_end, probability):
    """Computes the area under the receiver operating characteristic of predictions.

    It is the probability that an end gets a higher prediction than another step, ties
    counted by half.

    Args:
        is_end: Bool array `(steps,)`.
        probability: Float array `(steps,)`.

    Returns:
        Float in [0, 1], 0.5 for predictions by chance; NaN if there are only ends or
        none.

    Example:

    >>> area_under_curve(np.array([False, False, True]), np.array([0.1, 0.8, 0.8]))
    0.75
    """
    from scipy import stats  # Slow to import.

    is_end = np.asarray(is_end, bool)
    num_ends = int(is_end.sum())
    num_others = len(is_end) - num_ends
    if not num_ends or not num_others:
        return float("nan")
    ranks = stats.rankdata(probability)
    above = ranks[is_end].sum() - num_ends * (num_ends + 1) / 2
    return float(above / (num_ends * num_others))


def expected_calibration_error(is_end, probability, num_bins=10):
    """Computes how far predicted probabilities are from observed frequencies.

    Predictions are divided into bins of equal width; the differences between the mean
    prediction and the frequency of ends in each are averaged over all steps.

    Args:
        is_end: Bool array `(steps,)`.
        probability: Float array `(steps,)` in [0, 1].
        num_bins: Integer.

    Returns:
        Float in [0, 1], 0 for calibrated predictions.

    Example:

    >>> expected_calibration_error(np.array([True, False]), np.array([0.5, 0.5]))
    0.0

    Reference:
        [Guo et al., 2017](https://arxiv.org/abs/1706.04599), equation 3.
    """
    probability = np.asarray(probability, "float64")
    bins = np.minimum((probability * num_bins).astype(int), num_bins - 1)
    difference = probability - np.asarray(is_end, "float64")
    sums = np.bincount(bins, weights=difference, minlength=num_bins)
    return float(np.abs(sums).sum() / len(probability))
