from keras_rlgen.pictures import format_table


class EditTable(dict):
    """Scores of edited samples: a dict from a row's name to its dict of floats.

    `str(table)` and `print(table)` show it, as `format_table(table)` does.

    Args:
        rows: Dict from names to dicts of floats.
        samples: Dict from names to arrays `(num_samples, *sample_shape)`.
        class_counts: Dict from names to integer arrays `(num_classes,)`, or an empty
            dict.
        target: Array of the samples' targets, or `()`.

    Attributes:
        samples: The samples of each row. The same index is the same latent to begin
            with, and the same target.
        class_counts: How many samples of each row are of which class.
        target: The targets of the samples, or `()`.

    Example:

    >>> table = EditTable({"unedited": {"reward": 0.5}}, samples={})
    >>> table["unedited"]["reward"]
    0.5
    >>> print(table)
                 reward
    unedited     0.5000
    """

    def __init__(self, rows, samples, class_counts=None, target=()):
        super().__init__(rows)
        self.samples = dict(samples)
        self.class_counts = dict(class_counts or {})
        self.target = target

    def __str__(self):
        return format_table(self)
