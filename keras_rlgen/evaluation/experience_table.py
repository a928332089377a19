import numpy as np

COLUMNS = (
    "source",
    "median steps",
    "median (95%)",
    "90th percentile",
    "reached",
    "mean return",
    "updates a step",
    "steps of every seed",
)


class ExperienceTable(dict):
    """How soon agents reached a target, by what they learned from.

    A dict from the name of a row to the list of its runs, one for each seed, each a
    dict: `steps`, the environment steps to the target, or of the whole run if it was
    not reached; `reached`; `curve`, pairs of environment steps and mean return;
    `updates`, the gradient steps; `imagined_steps`; `seconds`. `print(table)` shows a
    Markdown table.

    Args:
        rows: Dict from names to lists of runs.
        target: Float, the mean return that was to be reached.

    Example:

    >>> run = {"steps": 500, "reached": True, "curve": [[500, 480.0]], "updates": 100}
    >>> table = ExperienceTable({"real only": [run]}, target=475.0)
    >>> table.summary("real only")["median_steps"]
    500.0
    """

    def __init__(self, rows, target):
        super().__init__(rows)
        self.target = float(target)

    def summary(self, row, num_resamples=10_000):
        """Returns a dict of the statistics of a row over its seeds.

        Args:
            row: String.
            num_resamples: Integer, of the bootstrap.

        Returns:
            Dict of floats: `median_steps`, `low` and `high`, the bootstrap interval
            (95%) of the median; `percentile_90`; `reached`, the number of runs that
            reached the target; `mean_return`, the mean over the evaluations of all
            runs, at most the target, after which a run counts as at its last value;
            `updates_per_step`.
        """
        runs = self[row]
        steps = np.array([run["steps"] for run in runs], float)
        random = np.random.default_rng(0)
        chosen = random.integers(len(steps), size=(num_resamples, len(steps)))
        low, high = np.quantile(np.median(steps[chosen], axis=1), (0.025, 0.975))
        evaluations = max(len(run["curve"]) for rows in self.values() for run in rows)
        returns = []
        for run in runs:
            values = np.minimum([value for _, value in run["curve"]], self.target)
            missing = evaluations - len(values)
            returns.append(np.append(values, np.full(missing, values[-1])).mean())
        updates = np.mean([run["updates"] / run["curve"][-1][0] for run in runs])
        return {
            "median_steps": float(np.median(steps)),
            "low": float(low),
            "high": float(high),
            "percentile_90": float(np.quantile(steps, 0.9)),
            "reached": float(sum(run["reached"] for run in runs)),
            "mean_return": float(np.mean(returns)),
            "updates_per_step": float(updates),
        }

    def __str__(self):
        lines = [COLUMNS, ["---"] * len(COLUMNS)]
        for row, runs in self.items():
            s = self.summary(row)
            lines.append(
                (
                    row,
                    _written(s["median_steps"], runs),
                    f"{s['low']:,.0f} to {s['high']:,.0f}",
                    _written(s["percentile_90"], runs),
                    f"{s['reached']:.0f} of {len(runs)}",
                    f"{s['mean_return']:.1f}",
                    f"{s['updates_per_step']:.2g}",
                    ", ".join(_written(run["steps"], [run]) for run in runs),
                )
            )
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _written(steps, runs):
    """Returns steps as a text, with ">" if runs that did not reach it are in them."""
    limits = [run["steps"] for run in runs if not run["reached"]]
    return f"{'> ' if limits and steps >= min(limits) else ''}{steps:,.0f}"
