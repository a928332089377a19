"""Stylised facts of daily returns: pure functions of arrays `(paths, days)`.

Reference: [Cont, 2001](https://doi.org/10.1080/713665670).
"""

import numpy as np

TAIL = 0.05
LAGS = 20
LEVERAGE_LAGS = 10


def autocorrelation(series, lags):
    """Returns the autocorrelation at lags 1 to `lags`, `(paths, lags)`."""
    centred = series - series.mean(axis=1, keepdims=True)
    variance = (centred**2).mean(axis=1)
    length = series.shape[1]
    products = [
        (centred[:, lag:] * centred[:, : length - lag]).sum(axis=1) / length
        for lag in range(1, lags + 1)
    ]
    return np.stack(products, axis=1) / variance[:, None]


def excess_kurtosis(returns):
    """Returns the fourth standardised moment less 3, that of a normal distribution."""
    centred = returns - returns.mean(axis=1, keepdims=True)
    return (centred**4).mean(axis=1) / (centred**2).mean(axis=1) ** 2 - 3.0


def tail_index(returns, fraction=TAIL):
    """Returns Hill's estimate of the tail index of absolute returns; low is heavy.

    `k / sum_i log(x_(i) / x_(k + 1))` over the `k` largest, the given fraction of all.

    Reference: [Hill, 1975](https://doi.org/10.1214/aos/1176343247).
    """
    count = max(int(fraction * returns.shape[1]), 1)
    largest = -np.sort(-np.abs(returns), axis=1)[:, : count + 1]
    return count / np.log(largest[:, :count] / largest[:, count:]).sum(axis=1)


def leverage(returns, lags=LEVERAGE_LAGS):
    """Returns the mean correlation of a return with the squares of those after it.

    Of lags 1 to `lags`. Below zero, volatility rises after losses.
    """
    correlations = [
        _correlation(returns[:, :-lag], returns[:, lag:] ** 2)
        for lag in range(1, lags + 1)
    ]
    return np.mean(correlations, axis=0)


def stylised_facts(returns):
    """Returns a dict from the names of the facts to arrays `(paths,)`.

    Args:
        returns: Float array `(paths, days)`.
    """
    return {
        "volatility, % a year": 100.0 * np.sqrt(252.0) * returns.std(axis=1),
        "excess kurtosis": excess_kurtosis(returns),
        "tail index": tail_index(returns),
        "autocorrelation of returns, lag 1": autocorrelation(returns, 1)[:, 0],
        "of absolute returns, lags 1-20": autocorrelation(np.abs(returns), LAGS).mean(
            axis=1
        ),
        "of squared returns, lags 1-20": autocorrelation(returns**2, LAGS).mean(axis=1),
        "leverage, lags 1-10": leverage(returns),
    }


def interval(values, level=0.9):
    """Returns the median and the bounds of the central part of values."""
    tail = 50.0 * (1.0 - level)
    return np.percentile(values, [50.0, tail, 100.0 - tail])


def _correlation(first, second):
    first = first - first.mean(axis=1, keepdims=True)
    second = second - second.mean(axis=1, keepdims=True)
    product = (first * second).mean(axis=1)
    return product / (first.std(axis=1) * second.std(axis=1))
