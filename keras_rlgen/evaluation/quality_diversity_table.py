import numpy as np

from keras_rlgen.arguments import check_flag
from keras_rlgen.pictures import write_frontiers


class QualityDiversityTable:
    """Quality and diversity of generators at several temperatures.

    `print(table)` shows a Markdown table, a line for each model and temperature: the
    mean over seeds, and the range where there are several. A line is marked as
    dominated if another model, at some temperature, is at least as good in both and
    better in one.

    Args:
        rows: List of dicts: `model`, `seed`, `temperature`, `quality`, `diversity`,
            `distinct_2`.
        quality: String, the name of the quality.
        diversity: String, the name of the diversity, of which *lower is better*: NLL of
            held-out data, or self-BLEU.
        higher_is_better: Whether that holds for the quality.

    Attributes:
        rows: The list of dicts.

    Example:

    >>> values = ("a", 1.0, 2.0), ("a", 0.5, 3.0), ("b", 1.5, 3.5)
    >>> rows = [
    ...     dict(model=m, seed=0, temperature=1.0, quality=q, diversity=d, distinct_2=0)
    ...     for m, q, d in values
    ... ]
    >>> table = QualityDiversityTable(rows, "nll_oracle", "nll", higher_is_better=False)
    >>> table.dominated("b", 1.0)
    True
    """

    def __init__(self, rows, quality, diversity, higher_is_better):
        self.rows = list(rows)
        self.quality = quality
        self.diversity = diversity
        check_flag("higher_is_better", higher_is_better)
        self.higher_is_better = bool(higher_is_better)

    @property
    def models(self):
        """List of the models' names."""
        return list(dict.fromkeys(row["model"] for row in self.rows))

    def point(self, model, temperature, seed=None):
        """Returns the mean quality and diversity of a model at a temperature.

        Args:
            model: String.
            temperature: Float.
            seed: Integer, or `None` for the mean over seeds.
        """
        chosen = [
            (row["quality"], row["diversity"])
            for row in self._of(model, seed)
            if row["temperature"] == temperature
        ]
        if not chosen:
            raise ValueError(
                f"Expected a temperature of {model!r}, one of "
                f"{self._temperatures(model)}. Received: {temperature!r}"
            )
        return tuple(np.mean(chosen, axis=0).tolist())

    def curve(self, model, seed=None):
        """Returns a model's points, in order of diversity.

        Args:
            model: String.
            seed: Integer, or `None` for means over seeds.

        Returns:
            A tuple of three float arrays: diversity, quality and temperature.
        """
        temperatures = self._temperatures(model)
        points = np.array([self.point(model, t, seed) for t in temperatures])
        order = np.argsort(points[:, 1], kind="stable")
        return points[order, 1], points[order, 0], np.array(temperatures)[order]

    def dominated(self, model, temperature):
        """Returns whether another model is at least as good, and better in one.

        Args:
            model: String.
            temperature: Float.
        """
        quality, diversity = self.point(model, temperature)
        for other in self.models:
            if other == model:
                continue
            others, qualities, _ = self.curve(other)
            no_worse = (self._gain(qualities, quality) >= 0.0) & (others <= diversity)
            better = (self._gain(qualities, quality) > 0.0) | (others < diversity)
            if np.any(no_worse & better):
                return True
        return False

    def frontier(self, model, diversity, seed=None):
        """Returns the best quality that a model has at a diversity or better.

        It is the upper envelope of the model's points and the lines between neighbours:
        a mixture of samples at two temperatures lies on, or for NLL above, the line.

        Args:
            model: String.
            diversity: Float or array.
            seed: Integer, or `None` for means over seeds.

        Returns:
            Float array, NaN where no temperature of the model is as diverse.
        """
        spread, quality, _ = self.curve(model, seed)
        sign = 1.0 if self.higher_is_better else -1.0
        best = np.maximum.accumulate(sign * quality)
        diversity = np.asarray(diversity, float)
        reached = np.interp(diversity, spread, best)
        return np.where(diversity >= spread[0], sign * reached, np.nan)

    def margin(self, model, baseline, temperature=None):
        """Computes how much better a model is than a baseline at equal diversity.

        Each point of the model is compared with the baseline's frontier at the point's
        diversity. Where the baseline never is as diverse there is nothing to compare;
        and where the model is better, but the baseline more diverse at every
        temperature: at a lower one it might be better still.

        Args:
            model: String, the name of a model.
            baseline: String, the name of another.
            temperature: Float, to compare one point only; by default the best one,
                which favours the model: compare the margin of a null reward.

        Returns:
            Dict: `margin`, the mean over seeds, in units of the quality, positive if
            the model is better; `seeds`, the list of each seed's; `temperature`, of the
            point compared, chosen by the mean over seeds; `beats`, whether the margin
            is positive for every seed.

        Raises:
            ValueError: If a name is unknown, or no point can be compared.
        """
        seeds = sorted({row["seed"] for row in self._of(model)})
        known = {row["seed"] for row in self._of(baseline)}
        temperatures = self._temperatures(model)
        if temperature is not None:
            temperatures = [temperature]
        margins = np.full((len(temperatures), len(seeds)), np.nan)
        for i, t in enumerate(temperatures):
            for j, seed in enumerate(seeds):
                quality, diversity = self.point(model, t, seed)
                other = seed if seed in known else None
                limit = self.frontier(baseline, diversity, other)
                gain = self._gain(quality, limit)
                least = self.curve(baseline, other)[0][-1]
                if not (gain > 0.0 and diversity > least):
                    margins[i, j] = gain
        means = margins.mean(axis=1)
        if np.isnan(means).all():
            raise ValueError(
                f"Expected temperatures at which {model!r} and {baseline!r} are "
                "equally diverse. Received: none. Sweep more of them."
            )
        best = int(np.nanargmax(means))
        return {
            "margin": float(means[best]),
            "seeds": margins[best].tolist(),
            "temperature": temperatures[best],
            "beats": bool(np.all(margins[best] > 0.0)),
        }

    def write_picture(self, path, title=""):
        """Draws the frontiers to a PNG file.

        Args:
            path: File to write.
            title: String.
        """
        arrow = "higher" if self.higher_is_better else "lower"
        write_frontiers(
            path,
            {model: self.curve(model) for model in self.models},
            f"{self.diversity} (lower is more diverse)",
            f"{self.quality} ({arrow} is better)",
            title=title,
        )

    def _gain(self, quality, other):
        """Returns by how much a quality is better than another."""
        return quality - other if self.higher_is_better else other - quality

    def _of(self, model, seed=None):
        rows = [row for row in self.rows if row["model"] == model]
        if not rows:
            raise ValueError(f"Expected one of {self.models}. Received: {model!r}")
        return [row for row in rows if seed is None or row["seed"] == seed]

    def _temperatures(self, model):
        return list(dict.fromkeys(row["temperature"] for row in self._of(model)))

    def __str__(self):
        heads = (
            *("model", "temperature", self.quality, self.diversity),
            *("distinct_2", "dominated"),
        )
        lines = [heads, ["---"] * len(heads)]
        for model in self.models:
            for temperature in self._temperatures(model):
                rows = [
                    row for row in self._of(model) if row["temperature"] == temperature
                ]
                cells = (
                    _written([row[key] for row in rows])
                    for key in ("quality", "diversity", "distinct_2")
                )
                mark = "yes" if self.dominated(model, temperature) else ""
                lines.append((model, f"{temperature:g}", *cells, mark))
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _written(values):
    """Returns the mean, and the range of several values."""
    mean = f"{np.mean(values):.3f}"
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):.3f} to {max(values):.3f})"
