import sys
import time

import keras

from keras_rlgen.training.progress_bar import COLUMNS, clock


class ProgressLine:
    """A line that says what is done, of how much, and the estimated time left.

    Args:
        title: String, what the whole is.
        total: Integer, the number of parts.
        verbose: As in `keras.Model.fit`; 0 writes nothing.

    Example:

    >>> progress = ProgressLine("evaluation", total=2, verbose=0)
    >>> progress.advance("samples")
    >>> progress.line()
    'evaluation: 1/2 - 0s left - samples'
    """

    def __init__(self, title, total, verbose="auto"):
        self._title, self._total = title, total
        self._writes = bool(verbose) and keras.config.is_interactive_logging_enabled()
        self._start, self._done, self._part = time.time(), 0, ""
        self._length = 0
        self._write("")

    def advance(self, part):
        """Counts one part as done.

        Args:
            part: String, which one.
        """
        self._done, self._part = self._done + 1, part
        self._write("\n" if self._done == self._total else "")

    def line(self):
        """Returns the line, at most 80 columns."""
        seconds = time.time() - self._start
        left = self._total - self._done
        when = f"{clock(seconds / max(self._done, 1) * left)} left"
        if not left:
            when = clock(seconds)
        times = f" - {when}" if self._done else ""
        part = f" - {self._part}" if self._part and left else ""
        return f"{self._title}: {self._done}/{self._total}{times}{part}"[:COLUMNS]

    def _write(self, end):
        if self._writes:
            line = self.line()
            sys.stdout.write("\r" + line.ljust(self._length) + end)
            sys.stdout.flush()
            self._length = len(line)
