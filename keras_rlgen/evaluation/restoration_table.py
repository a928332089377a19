from keras_rlgen.pictures import format_table, write_labelled_rows


class RestorationTable(dict):
    """Scores of restored images: a dict from a row's name to its dict of floats.

    `str(table)` and `print(table)` show it, as `format_table(table)` does.

    Args:
        rows: Dict from names to dicts of floats.
        samples: Dict from names to arrays `(num_images, height, width, channels)`.
        damaged: Array of the same shape, the images before restoration.

    Attributes:
        samples: The images of each row. The same index is the same damaged image.
        damaged: The images before restoration.

    Example:

    >>> table = RestorationTable({"mean fill": {"error": 0.5}}, samples={})
    >>> table["mean fill"]["error"]
    0.5
    >>> print(table)
                   error
    mean fill     0.5000
    """

    def __init__(self, rows, samples, damaged=None):
        super().__init__(rows)
        self.samples = dict(samples)
        self.damaged = damaged

    def write_picture(self, path, count=12, rows=None):
        """Draws the first images of each row, named, to a PNG file.

        Args:
            path: File to write.
            count: Integer, how many images.
            rows: List of the names of rows, by default all.

        Raises:
            ValueError: If a name is unknown.
        """
        rows = list(self.samples) if rows is None else rows
        unknown = [name for name in rows if name not in self.samples]
        if unknown:
            raise ValueError(
                f"Unknown rows: {unknown}. Expected some of {list(self.samples)}."
            )
        shown = {"damaged": self.damaged, **{name: self.samples[name] for name in rows}}
        write_labelled_rows(path, {name: x[:count] for name, x in shown.items()})

    def __str__(self):
        return format_table(self)
