import numpy as np

HEADS = (
    *("runs", "metric", "mean (95%)", "interquartile mean (95%)"),
    *("n", "failed", "open"),
)


class SweepTable(dict):
    """Results of a sweep, with intervals over seeds.

    A dict from the name of a row, such as `"latent_dim=2"`, to a dict from metrics to
    dicts of floats: `n`, the number of runs; `mean`, `low` and `high`, Student's
    interval (95%); `interquartile_mean`, the mean of the middle half, which one lucky
    or failed seed does not move, with `interquartile_low` and `interquartile_high`, its
    bootstrap interval (95%, percentiles). One run has no intervals (NaN). Failed runs
    are counted and take no part in the statistics. `print(table)` shows Markdown.

    Args:
        runs: List of `RunFolder`.
        over: String, the name whose values are taken together; `None` for none.

    Attributes:
        counts: Dict from rows to dicts of integers: `finished`, `failed` and `open`,
            runs that were not begun, are in progress or were killed.

    Raises:
        ValueError: If `over` is no name of the configs.

    Reference:
        [Agarwal et al., 2021](https://arxiv.org/abs/2108.13264), section 4, for the
        interquartile mean and its bootstrap.
    """

    def __init__(self, runs, over=None):
        super().__init__()
        names = list(dict.fromkeys(name for run in runs for name in run.config))
        if over is not None and over not in names:
            raise ValueError(
                f"Expected `over` to be a name of the configs: {names}. Received: "
                f"{over!r}"
            )
        rows = {}
        for run, label in zip(runs, labels(runs, over), strict=True):
            rows.setdefault(label, []).append(run)
        self.counts = {}
        for row, of_row in rows.items():
            states = [run.status for run in of_row]
            kinds = "finished", "failed", "open"
            self.counts[row] = {kind: states.count(kind) for kind in kinds}
            results = [run.result for run in of_row if run.result is not None]
            metrics = dict.fromkeys(metric for result in results for metric in result)
            self[row] = {
                metric: _statistics([r[metric] for r in results if metric in r])
                for metric in metrics
            }

    def __str__(self):
        lines = [HEADS, ["---"] * len(HEADS)]
        for row, metrics in self.items():
            counts = self.counts[row]
            others = str(counts["failed"]), str(counts["open"])
            for metric, s in metrics.items():
                mean = _written(s["mean"], s["low"], s["high"])
                middle = (
                    *(s["interquartile_mean"], s["interquartile_low"]),
                    s["interquartile_high"],
                )
                lines.append(
                    (row, metric, mean, _written(*middle), f"{s['n']:.0f}", *others)
                )
            if not metrics:
                lines.append((row, "-", "-", "-", "0", *others))
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def labels(runs, over=None):
    """Returns a text for each run: its values of the names that are not all the same.

    Args:
        runs: List of `RunFolder`.
        over: String, a name to leave out, or `None`.
    """
    names = dict.fromkeys(name for run in runs for name in run.config)
    varied = [
        name
        for name in names
        if name != over and any(_differ(name, run, runs[0]) for run in runs)
    ]
    return [
        ", ".join(f"{n}={run.config[n]}" for n in varied if n in run.config) or "all"
        for run in runs
    ]


def _differ(name, run, other):
    return (name in run.config) != (name in other.config) or run.config.get(
        name
    ) != other.config.get(name)


def _statistics(values):
    from scipy import stats

    from keras_rlgen.agents.loop.confidence_interval import mean_confidence_interval

    values = np.asarray(values, np.float64)
    low, high = mean_confidence_interval(values)
    middle_low = middle_high = float("nan")
    if len(values) > 1:
        middle_low, middle_high = stats.bootstrap(
            (values,),
            _interquartile_mean,
            method="percentile",
            random_state=np.random.default_rng(0),
        ).confidence_interval
    return {
        "n": float(len(values)),
        "mean": float(values.mean()),
        "low": low,
        "high": high,
        "interquartile_mean": float(_interquartile_mean(values)),
        "interquartile_low": float(middle_low),
        "interquartile_high": float(middle_high),
    }


def _interquartile_mean(values, axis=-1):
    from scipy import stats

    return stats.trim_mean(values, 0.25, axis=axis)


def _written(value, low, high):
    if np.isnan(low):
        return f"{value:.4g}"
    return f"{value:.4g} ({low:.4g} to {high:.4g})"
