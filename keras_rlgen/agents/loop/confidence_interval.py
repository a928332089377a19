"""Confidence interval of a mean."""

import numpy as np
from tensorflow_probability import distributions as tfd


def mean_confidence_interval(values, confidence=0.95):
    """Returns Student's confidence interval of a mean.

    `mean +- t * s / sqrt(n)`, with `s` the sample standard deviation and `t` the
    quantile of Student's distribution with `n - 1` degrees of freedom.

    Args:
        values: Array `(n,)` of independent samples.
        confidence: Float in (0, 1).

    Returns:
        A pair of floats, the lower and the upper bound; NaN where `n` is 1.

    Reference:
        [Student, 1908](https://doi.org/10.2307/2331554).

    Example:

    >>> low, high = mean_confidence_interval([1.0, 2.0, 3.0])
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    values = np.asarray(values, np.float64)
    if len(values) < 2:
        return float("nan"), float("nan")
    quantile = tfd.StudentT(np.float64(len(values) - 1), np.float64(0), np.float64(1))
    factor = float(quantile.quantile(np.float64(0.5 + confidence / 2)))
    half = factor * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def summary_of_returns(returns, lengths):
    """Returns the results of an evaluation.

    Args:
        returns: Float array `(n,)` of the returns of independent episodes.
        lengths: Array `(n,)` of their lengths, in environment steps.

    Returns:
        Dict of floats: `mean_return`; `return_low` and `return_high`, its confidence
        interval, which one episode does not have; `return_std`, the standard deviation
        between episodes; and `episode_length`, the mean.

    Example:

    >>> summary_of_returns([1.0], [9])
    {'mean_return': 1.0, 'return_std': 0.0, 'episode_length': 9.0}
    """
    results = {"mean_return": float(np.mean(returns))}
    if len(returns) > 1:
        low, high = mean_confidence_interval(returns)
        results |= {"return_low": low, "return_high": high}
    results["return_std"] = float(np.std(returns, ddof=min(1, len(returns) - 1)))
    results["episode_length"] = float(np.mean(lengths))
    return results
