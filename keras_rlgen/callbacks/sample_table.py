import csv
import io

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.arguments import check_seed, is_integer
from keras_rlgen.whole_files import check_writable, checked_path, write_text


class SampleTable(keras.callbacks.Callback):
    """Writes a table of samples and their rewards every few epochs.

    The same seed is used each time, so that the tables show what training changes. A
    row is a sample: its condition, if there is one, the sample, its reward and the
    reward's terms.

    Args:
        folder: Where `epoch_0000.csv` (before training), `epoch_0001.csv`, ... go.
            Created if missing.
        every: Integer >= 1, epochs between tables; the last epoch always has one.
        num_samples: Integer >= 1, the rows of a table.
        decode: Function of an array of samples `(num_samples, ...)` to a list of
            strings, such as the `decode` of a tokenizer; `None` to write numbers.
        reward: The reward to show, as in `RewardTuner.compile`. Defaults to the
            `reward` of the model; a model without one has no reward in the table.
        condition: Conditions `(num_samples, ...)` of the samples. Defaults to those
            that the model samples; a model of prompts needs them.
        decode_condition: As `decode`, for conditions.
        file_format: `"csv"` or `"markdown"`.
        verbose: Whether the table is printed.
        tensorboard: Folder of TensorBoard logs to write the table to as well, as text,
            or `None`.
        seed: Integer, the seed of the samples.

    Attributes:
        rows: List of the rows of the latest table, dicts from columns to values.

    Raises:
        ValueError: If an argument is out of its range; when training starts, if
            `decode` does not return a string for each sample.

    Example:

    ```python
    table = SampleTable("tables", every=5, decode=vocabulary.decode)
    tuner.fit(epochs=20, callbacks=[table])
    ```
    """

    def __init__(
        self,
        folder,
        every=1,
        num_samples=8,
        decode=None,
        reward=None,
        condition=None,
        decode_condition=None,
        file_format="csv",
        verbose=True,
        tensorboard=None,
        seed=0,
    ):
        super().__init__()
        for key, value in {"every": every, "num_samples": num_samples}.items():
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{key}` to be a positive integer. Received: {value!r}"
                )
        if file_format not in ("csv", "markdown"):
            raise ValueError(
                "Expected `file_format` to be 'csv' or 'markdown'. "
                f"Received: {file_format!r}"
            )
        functions = {"decode": decode, "decode_condition": decode_condition}
        for key, value in functions.items():
            if value is not None and not callable(value):
                raise TypeError(
                    f"Expected `{key}` to be a function of samples. Received: {value!r}"
                )
        check_seed(seed)
        self.folder = checked_path(folder)
        self.every = every
        self.num_samples = num_samples
        self.decode = decode
        self.reward = None if reward is None else rewards.get(reward)
        self.condition = condition
        self.decode_condition = decode_condition
        self.file_format = file_format
        self.verbose = verbose
        self.tensorboard = tensorboard
        self.seed = seed
        self.rows = []
        self._writer = None

    def on_train_begin(self, logs=None):
        check_writable(self.folder)
        if self.tensorboard is not None:
            self._writer = tf.summary.create_file_writer(str(self.tensorboard))
        self._epoch = 0
        self._write(0)

    def on_epoch_end(self, epoch, logs=None):
        self._epoch = epoch + 1
        if self._epoch % self.every == 0:
            self._write(self._epoch)

    def on_train_end(self, logs=None):
        if self._written != self._epoch:
            self._write(self._epoch)
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write(self, epoch):
        self._written = epoch
        self.rows = self._make_rows()
        if self.file_format == "csv":
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, list(self.rows[0]))
            writer.writeheader()
            writer.writerows(self.rows)
            write_text(self._path(epoch, "csv"), text.getvalue())
        markdown = markdown_table(self.rows)
        if self.file_format == "markdown":
            write_text(self._path(epoch, "md"), markdown)
        if self.verbose:
            print(f"\nepoch {epoch}\n{markdown}", end="")
        if self._writer is not None:
            with self._writer.as_default(step=epoch):
                tf.summary.text("samples", markdown)

    def _path(self, epoch, extension):
        return self.folder / f"epoch_{epoch:04d}.{extension}"

    def _make_rows(self):
        condition = self.condition
        if condition is None and getattr(self.model, "has_condition", False):
            condition = self._sampled_condition()
        samples = self.model.generate(self.num_samples, condition, seed=self.seed)
        columns = {}
        if condition is not None:
            columns["condition"] = _texts(
                self.decode_condition, condition, "decode_condition"
            )
        columns["sample"] = _texts(self.decode, samples, "decode")
        columns |= self._rewards(samples, condition)
        count = range(self.num_samples)
        return [{name: column[i] for name, column in columns.items()} for i in count]

    def _sampled_condition(self):
        conditions = self.model.conditions
        if not getattr(conditions, "has_random", True):
            raise ValueError(
                f"`{type(conditions).__name__}` cannot be sampled. Give `SampleTable` "
                "a `condition` for each of its samples."
            )
        return conditions.random(self.num_samples, tf.constant([self.seed, 1]))

    def _rewards(self, samples, condition):
        reward = self.reward or getattr(self.model, "reward", None)
        if reward is None:
            return {}
        if condition is not None:
            condition = tf.convert_to_tensor(condition)
        value, terms = reward.terms(tf.constant(samples), condition, training=False)
        columns = {"reward": value, **{f"reward_{k}": v for k, v in terms.items()}}
        return {name: column.numpy().tolist() for name, column in columns.items()}


def markdown_table(rows):
    """Formats rows as a Markdown table.

    Args:
        rows: Non-empty list of dicts with the same keys, the columns. Floats are
            written with four digits after the point.

    Returns:
        String that ends in a newline.

    Example:

    >>> print(markdown_table([{"sample": "one", "reward": 0.25}]), end="")
    | sample | reward |
    | --- | --- |
    | one | 0.2500 |
    """
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns)]
    lines += [[_cell(row[column]) for column in columns] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value):
    text = f"{value:.4f}" if isinstance(value, float) else str(value)
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "\\n")


def _texts(decode, values, name):
    """Returns a string for each of some samples or conditions."""
    values = np.asarray(values)
    if decode is None:
        return [" ".join(map(str, value.ravel().tolist())) for value in values]
    texts = list(decode(values))
    if len(texts) != len(values) or not all(isinstance(text, str) for text in texts):
        raise ValueError(
            f"Expected `{name}` to return a string for each of {len(values)} samples. "
            f"Received: {texts!r}"
        )
    return texts
