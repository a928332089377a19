"""What became of an investment, with intervals of a block bootstrap."""

import numpy as np

DAYS_OF_YEAR = 252
BLOCK = 20  # days, the mean length of a block


def annual_return(returns):
    """Returns the growth a year, as a fraction, of simple daily returns `(days,)`."""
    return np.exp(np.log1p(returns).mean() * DAYS_OF_YEAR) - 1.0


def sharpe_ratio(returns):
    """Returns mean over deviation, a year; 0 where nothing varies."""
    deviation = returns.std()
    ratio = returns.mean() / deviation if deviation > 0.0 else 0.0
    return np.sqrt(DAYS_OF_YEAR) * ratio


def drawdown(returns):
    """Returns the largest loss from a peak, as a positive fraction."""
    wealth = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    return (1.0 - wealth / np.maximum.accumulate(wealth)).max()


MEASURES = {
    "return a year": annual_return,
    "Sharpe": sharpe_ratio,
    "drawdown": drawdown,
}


def performance(returns, baseline, repetitions=500, seed=0):
    """Returns a dict from measures to values and 95% intervals `(value, low, high)`.

    The last one is the Sharpe ratio less that of a baseline, of the same resampled
    days.

    Args:
        returns: Float array `(days,)`, simple returns.
        baseline: Float array `(days,)`, simple returns of the same days.
        repetitions: Integer, how often days are resampled.
        seed: Integer.

    Reference: [Politis & Romano, 1994](https://doi.org/10.1080/01621459.1994.10476870).
    """
    from arch.bootstrap import StationaryBootstrap

    def measured(returns, baseline):
        values = [measure(returns) for measure in MEASURES.values()]
        return np.array([*values, values[1] - sharpe_ratio(baseline)])

    values = measured(returns, baseline)
    bootstrap = StationaryBootstrap(BLOCK, returns, baseline, seed=seed)
    samples = bootstrap.apply(measured, repetitions)
    low, high = np.percentile(samples, [2.5, 97.5], axis=0)
    names = [*MEASURES, "Sharpe less that of buy and hold"]
    return dict(zip(names, np.stack([values, low, high], axis=1), strict=True))
