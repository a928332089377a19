import math

# The ideal score, in words.
IDEALS = {
    "negative_log_likelihood": "lower",
    "negative_log_likelihood_bound": "lower",
    "bits_per_dimension": "lower",
    "frechet_distance": "0",
    "kernel_distance": "0",
    "precision": "1",
    "recall": "1",
    "density": "1",
    "coverage": "1",
    "two_sample_accuracy": "1/2",
    "two_sample_p_value": "above 0.05",
    "copying_probability": "1/2",
    "copying_z": "-2 to 2",
    "authenticity": "as real",
    "nearer_to_train": "1/2",
    "train_distance": "as real",
    "synthetic_accuracy": "as real",
}


class EvaluationTable(dict):
    """Scores of generated samples by name, and the same scores of real ones.

    `str(table)` and `print(table)` show one line per score: its name, the value of
    generated samples, that of real ones, and the ideal value.

    Args:
        generated: Dict from names to floats.
        real: Dict from some of the names to the scores of real samples.

    Example:

    >>> table = EvaluationTable({"recall": 0.5}, real={"recall": 0.75})
    >>> table["recall"], table.real["recall"]
    (0.5, 0.75)
    >>> print(table)
            generated    real  ideal
    recall     0.5000  0.7500      1
    """

    def __init__(self, generated, real):
        super().__init__(generated)
        self.real = dict(real)

    def rows(self):
        """Returns the table's lines, each a tuple of four strings.

        The name, the value of generated samples, that of real ones (`"-"` where
        there is none), and the ideal.
        """
        return [
            (
                name,
                _written(value),
                _written(self.real.get(name, math.nan)),
                IDEALS.get(name, ""),
            )
            for name, value in self.items()
        ]

    def __str__(self):
        rows = [("", "generated", "real", "ideal"), *self.rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(
                [row[0].ljust(widths[0])]
                + [c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)]
            )
            for row in rows
        )


def _written(value):
    return "-" if math.isnan(value) else f"{value:.4f}"
