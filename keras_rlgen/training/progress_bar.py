"""A progress bar of one line."""

import sys
import time

import keras

COLUMNS = 80
LONGEST_BAR, SHORTEST_BAR = 20, 5
INTERVAL = 0.1  # seconds between two drawings
COMPILING = "compiling (the first step takes longer)"


class ProgressBar(keras.callbacks.ProgbarLogger):
    """Keras' progress bar in lines of at most 80 columns.

    Logs that do not fit are left out; `History` has them all. Those of the model's
    `progress_logs` are shown in this order, all if it has none, the loss first, each
    followed by its value in validation. Before the first step of a model that is still
    to be compiled, it says so.
    """

    def __init__(self):
        super().__init__()
        self._start = self._drawn = 0.0
        self._length = 0
        self._draws = False

    def set_params(self, params):
        super().set_params(params)
        # What is not drawn here, a line an epoch, is Keras' own.
        self._draws = self.verbose == 1

    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        self._begin()
        if self._draws and not getattr(self.model, "is_traced", True):
            self._write(COMPILING)

    def on_test_begin(self, logs=None):
        super().on_test_begin(logs)
        if not self._called_in_fit:
            self._begin()

    def on_train_batch_end(self, batch, logs=None):
        self._progress(batch, logs, super().on_train_batch_end)

    def on_test_batch_end(self, batch, logs=None):
        if not self._called_in_fit:
            self._progress(batch, logs, super().on_test_batch_end)

    def on_epoch_end(self, epoch, logs=None):
        self._finish(logs, lambda: super(ProgressBar, self).on_epoch_end(epoch, logs))

    def on_test_end(self, logs=None):
        if not self._called_in_fit:
            self._finish(logs, lambda: super(ProgressBar, self).on_test_end(logs))

    def _begin(self):
        self._start, self._drawn, self._length = time.time(), 0.0, 0

    def _progress(self, batch, logs, of_keras):
        if not self._draws:
            of_keras(batch, logs)
            return
        self.seen = batch + 1
        now = time.time()
        if now - self._drawn >= INTERVAL:
            self._drawn = now
            self._write(self._line(self.seen, logs, now, ended=False))

    def _finish(self, logs, of_keras):
        if not self._draws:
            of_keras()
            return
        if self.target is None:
            self.target = self.seen
        self._write(self._line(self.target, logs, time.time(), ended=True), end="\n")

    def _line(self, done, logs, now, ended):
        """Returns the line for a number of steps, at most `COLUMNS` wide."""
        seconds = now - self._start
        each = seconds / max(done, 1)
        left = self.target and not ended
        remaining = clock(each * (self.target - done) if left else seconds)
        count = f"{done}/{self.target or 'unknown'} "
        times = f" {remaining} {_duration(each)}/step"
        first = getattr(self.model, "progress_logs", ())
        fixed = count + " " * SHORTEST_BAR + times
        chosen = {*first, *(f"val_{name}" for name in first)}
        logs = {k: v for k, v in (logs or {}).items() if not first or k in chosen}
        # Keras hands them over in alphabetical order.
        shown = line_of_logs(fixed, logs, first or ("loss",))[len(fixed) :]
        width = min(LONGEST_BAR, COLUMNS - len(count) - len(times) - len(shown))
        filled = width if ended else width * done // max(self.target or done, done, 1)
        return f"{count}{'━' * filled}{'─' * (width - filled)}{times}{shown}"

    def _write(self, line, end=""):
        if not keras.config.is_interactive_logging_enabled():
            return
        # What is left of a longer line is overwritten.
        sys.stdout.write("\r" + line.ljust(self._length) + end)
        sys.stdout.flush()
        self._length = len(line)


def line_of_logs(title, logs, first=()):
    """Returns a title and the logs that fit beside it into a line.

    Args:
        title: String.
        logs: Dict from names to numbers.
        first: Names that come first.

    Example:

    >>> line_of_logs("20 episodes", {"mean_return": 12.5})
    '20 episodes - mean_return: 12.5'
    """
    line = title
    for name in ordered_logs(logs, first):
        entry = f" - {name}: {_number(logs[name])}"
        if len(line) + len(entry) <= COLUMNS:
            line += entry
    return line


def ordered_logs(logs, first=()):
    """Returns the names of logs in the order of their importance.

    Args:
        logs: Dict from names.
        first: Names that come first.

    Example:

    >>> ordered_logs({"loss": 1.0, "kl": 2.0, "val_loss": 3.0}, ["kl"])
    ['kl', 'loss', 'val_loss']
    """
    names = [*first, *logs]
    pairs = (pair for name in names for pair in (name, f"val_{name}"))
    return [name for name in dict.fromkeys(pairs) if name in logs]


def _number(value):
    value = float(keras.ops.convert_to_numpy(value))
    return f"{value:.4g}" if value < 1e5 else f"{value:.3e}"


def clock(seconds):
    """Returns seconds as hours, minutes and seconds, a string.

    Example:

    >>> clock(5), clock(3725)
    ('5s', '1:02:05')
    """
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02d}"
    return f"{minutes}:{seconds:02d}" if minutes else f"{seconds}s"


def _duration(seconds):
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "us")):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.0f}{unit}"
    return "0us"
