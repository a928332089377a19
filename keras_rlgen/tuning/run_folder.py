import hashlib
import json
import math
import pathlib
import traceback

from keras_rlgen import whole_files
from keras_rlgen.arguments import is_number

CONFIG, RESULT, ERROR = "config.json", "result.json", "error.txt"


class RunFolder:
    """The folder of one run of a sweep: its config, its result, or why it failed.

    The name of the folder is the hash of the config. `config.json` is written before
    the run, `result.json` at its end, as a whole, and `error.txt` if it fails.

    Args:
        parent: Path of the folder of the sweep.
        config: Dict from names of arguments to values that JSON can hold.

    Attributes:
        config: Dict.
        path: `pathlib.Path` of the folder, absolute.

    Raises:
        ValueError: If JSON cannot hold the config.

    Example:

    >>> import tempfile
    >>> run = RunFolder(tempfile.mkdtemp(), {"latent_dim": 2, "seed": 0})
    >>> run.execute(lambda config, folder: {"loss": 1.5})
    {'loss': 1.5}
    >>> run.status, sorted(file.name for file in run.path.iterdir())
    ('finished', ['config.json', 'result.json'])
    """

    def __init__(self, parent, config):
        self.config = _as_json(config)
        text = json.dumps(self.config, sort_keys=True)
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.path = pathlib.Path(parent).absolute() / name

    @property
    def status(self):
        """`"finished"`, `"failed"`, or `"open"`: not begun, in progress or killed."""
        if (self.path / RESULT).exists():
            return "finished"
        return "failed" if (self.path / ERROR).exists() else "open"

    @property
    def result(self):
        """Dict of floats, `None` before the run has finished."""
        return self._read(RESULT) if (self.path / RESULT).exists() else None

    @property
    def error(self):
        """String, why the run failed; `None` if it did not."""
        return (self.path / ERROR).read_text() if self.status == "failed" else None

    def execute(self, train):
        """Runs a training function, and writes its result or its error.

        Args:
            train: Function of the config and of the path of the folder that returns a
                dict of finite floats.

        Returns:
            The result, from its file if the run has finished before.

        Raises:
            Exception: What the function raises.
            TypeError: If it returns no dict of numbers.
            ValueError: If a number is not finite, or the folder holds another config.
            OSError: If the folder cannot be written.
        """
        if self.status == "finished":
            return self.result
        self._begin()
        try:
            result = _checked(train(dict(self.config), self.path))
        except (Exception, SystemExit):
            self.fail(traceback.format_exc())
            raise
        try:
            whole_files.write_text(self.path / RESULT, json.dumps(result, indent=1))
        except OSError as error:
            raise OSError(
                f"The result of the run {self.config} could not be written to "
                f"{str(self.path)!r}: {error}. It is {result}."
            ) from error
        return result

    def fail(self, reason):
        """Writes why the run failed.

        Args:
            reason: String.
        """
        whole_files.write_text(self.path / ERROR, reason)

    def _begin(self):
        config = self.path / CONFIG
        if not config.exists():
            whole_files.write_text(config, json.dumps(self.config, indent=1))
        elif self._read(CONFIG) != self.config:
            raise ValueError(
                f"Expected {str(config)!r} to hold the config of its run, "
                f"{self.config}. Received: {self._read(CONFIG)}. Remove the folder, or "
                "name another one for the sweep."
            )
        (self.path / ERROR).unlink(missing_ok=True)

    def _read(self, name):
        try:
            return json.loads((self.path / name).read_text())
        except ValueError as error:
            raise ValueError(
                f"Expected {str(self.path / name)!r} to be JSON as a run writes it: "
                f"{error}. Remove the file to run again."
            ) from error


def execute(train, parent, config):
    """Runs a training function in its folder; returns whether it succeeded.

    Args:
        train: As in `RunFolder.execute`.
        parent: As in `RunFolder`.
        config: As in `RunFolder`.
    """
    run = RunFolder(parent, config)
    try:
        run.execute(train)
    except (Exception, SystemExit):
        # What went wrong before the run began is not that of the run alone.
        if run.status != "failed":
            raise
        return False
    return True


def _as_json(config):
    """Returns a config as a file of JSON gives it back."""
    try:
        text = json.dumps(config, default=_scalar, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "Expected a config of numbers, strings, booleans, None, and lists and "
            f"dicts of them, which `config.json` can hold. Received: {config!r} "
            f"({error})"
        ) from error
    return json.loads(text)


def _scalar(value):
    """Returns a scalar of NumPy as a number."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return value.item()
    raise TypeError(f"a {type(value).__name__} is none of these")


def _checked(result):
    if not isinstance(result, dict) or not all(
        isinstance(name, str) and is_number(value) for name, value in result.items()
    ):
        raise TypeError(
            "Expected `train` to return a dict from names to floats, such as "
            f"`{{'loss': 0.5}}`. Received: {result!r}"
        )
    result = {name: float(value) for name, value in result.items()}
    if not all(map(math.isfinite, result.values())):
        raise ValueError(
            f"Expected `train` to return finite numbers. Received: {result}. A number "
            "that does not exist is better left out."
        )
    return result
