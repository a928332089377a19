import argparse
import contextlib
import difflib
import inspect
import itertools
import pathlib
import time
import warnings

from keras_rlgen.arguments import check_integer
from keras_rlgen.tuning.run_folder import RunFolder, execute
from keras_rlgen.tuning.run_pools import run_in_processes, run_on_ray
from keras_rlgen.tuning.sweep_table import SweepTable, labels
from keras_rlgen.whole_files import check_writable, checked_path

ENDED = (
    "The process of this run ended before the run: it was killed, ran out of memory, "
    "or crashed outside of Python.\n"
)


class Sweep:
    """Runs a training function for every config of a grid, each in its own folder.

    A run is a folder, named by the hash of its config, with `config.json`, and at the
    end `result.json`, or `error.txt` if it failed. The table is made from the folders:
    there is no database and no scheduler. Runs may be made in this process, in several,
    as tasks of Ray, or one by one as the tasks of a SLURM array; a shared folder
    suffices. Finished runs are skipped, so that a sweep that was killed is continued by
    starting it again. Failed runs are then tried again.

    Args:
        train: Function `train(config, folder)` that returns a dict of finite floats.
            `config` is a dict, `folder` the `pathlib.Path` of the run, for whatever the
            function writes. With `keras.callbacks.BackupAndRestore(folder / "backup")`
            a run that was killed continues where it was.
        folder: Path of the folder of the sweep.
        grid: Dict from names to lists of values, of which every combination is a run,
            the last name changing fastest; or a list of such dicts, one grid after the
            other.
        defaults: Dict of all arguments that `train` knows, with the values of those
            that a grid leaves out. A name of the grid that is not among them is
            refused. By default no name is, and there are no further values.

    Attributes:
        runs: List of `RunFolder`, one for each config.

    Raises:
        TypeError: If `train` is no function.
        ValueError: If the grid is empty, has a name that is not in `defaults`, the same
            config twice, or a value that JSON cannot hold.

    Example:

    >>> import tempfile
    >>> def train(config, folder):
    ...     return {"loss": config["latent_dim"] + 0.1 * config["seed"]}
    >>> grid = {"latent_dim": [2, 8], "seed": range(3)}
    >>> sweep = Sweep(train, tempfile.mkdtemp(), grid)
    >>> results = sweep.run(verbose=0)
    >>> round(sweep.table(over="seed")["latent_dim=2"]["loss"]["mean"], 3)
    2.1
    """

    def __init__(self, train, folder, grid, defaults=None):
        if not callable(train):
            raise TypeError(
                "Expected `train` to be a function of a config and a folder. Received: "
                f"{train!r}"
            )
        _check_arguments(train)
        configs = _configs(grid, defaults)
        self._train = train
        self._folder = checked_path(folder).absolute()
        self.runs = [RunFolder(self._folder, config) for config in configs]
        if len({run.path for run in self.runs}) < len(self.runs):
            raise ValueError(
                f"Expected a grid whose configs differ. Received: {grid!r}, which has "
                "one of them twice."
            )

    def run(self, workers=1, ray=False, verbose=1):
        """Makes all runs that have not finished.

        A run that fails does not stop the others.

        Args:
            workers: Integer >= 1, runs at a time: 1 in this process, more in processes
                of their own on this machine, which import the module of `train`. The
                script that calls this then needs `if __name__ == "__main__":`.
            ray: `True` to make each run a task of Ray (extra `distributed`), or a dict
                of the options of `ray.remote`, such as `{"num_gpus": 0.5}`. `ray.init`
                has to be called before, if the cluster is not this machine.
            verbose: 0 for no output, 1 for a line a run.

        Returns:
            List of the results in the order of `runs`, dicts of floats, `None` of a run
            that failed.

        Raises:
            ImportError: If Ray is not installed.
            OSError: If the folder cannot be written.
            RuntimeError: If processes end before they begin.
            ValueError: If processes cannot import `train`.
        """
        check_integer("workers", workers)
        self._check_folder()
        waiting = [run for run in self.runs if run.status != "finished"]
        jobs = [(self._train, self._folder, run.config) for run in waiting]
        started = time.monotonic()

        def report(index, succeeded):
            run = waiting[index]
            if succeeded is None:
                _ended_early(run)
            if verbose:
                minutes = (time.monotonic() - started) / 60.0
                print(f"{self._line(run)} ({minutes:.1f} min)", flush=True)

        if ray:
            options = ray if isinstance(ray, dict) else {}
            run_on_ray(execute, jobs, options, report)
        elif workers > 1:
            run_in_processes(execute, jobs, workers, report)
        else:
            for index, job in enumerate(jobs):
                report(index, execute(*job))
        failed = [run for run in self.runs if run.status == "failed"]
        if failed:
            last = failed[0].error.strip().splitlines()[-1]
            warnings.warn(
                f"{len(failed)} of {len(self.runs)} runs failed. The first: {last} "
                f"(see 'error.txt' in '{failed[0].path}').",
                stacklevel=2,
            )
        return [run.result for run in self.runs]

    def run_one(self, index):
        """Makes one run in this process, as a task of a SLURM array does.

        Args:
            index: Integer in `[0, len(runs))`.

        Returns:
            Dict of floats, the result, from its file if the run has finished before.

        Raises:
            ValueError: If the index is out of range.
            Exception: What `train` raises, after `error.txt` was written.
        """
        check_integer("index", index, 0, len(self.runs) - 1)
        self._check_folder()
        return self.runs[index].execute(self._train)

    def table(self, over=None):
        """Returns the results with intervals, from the folders.

        Args:
            over: The name over whose values, such as seeds, the statistics are taken;
                `None` for a row for each run.

        Returns:
            `SweepTable`.

        Raises:
            ValueError: If `over` is no name of the configs.
        """
        return SweepTable(self.runs, over)

    def main(self, arguments=None):
        """Runs the sweep from a command line; the last line of a script.

        - `python train.py` makes the runs and prints the table,
        - `python train.py --workers=4` four at a time, `--ray` by Ray,
        - `python train.py --run=3` makes the fourth alone: a task of a SLURM array,
        - `python train.py --count` prints the number of runs,
        - `python train.py --table` prints the table alone, over the name in `--over`.

        Args:
            arguments: List of strings, by default those of the command line.

        Returns:
            Integer, 1 if a run has failed, else 0: `sys.exit(sweep.main())`.
        """
        known = sorted({name for run in self.runs for name in run.config})
        parser = argparse.ArgumentParser(description="Runs a sweep.")
        parser.add_argument("--run", type=int, help="Makes the run of this index.")
        parser.add_argument("--workers", type=int, default=1, help="Runs at a time.")
        parser.add_argument("--ray", action="store_true", help="Makes runs by Ray.")
        parser.add_argument("--count", action="store_true", help="Counts the runs.")
        parser.add_argument("--table", action="store_true", help="Prints the table.")
        parser.add_argument(
            "--over",
            choices=known,
            default="seed" if "seed" in known else None,
            help="What the table takes statistics over.",
        )
        flags = parser.parse_args(arguments)
        if flags.count:
            print(len(self.runs))
            return 0
        if flags.run is not None:
            print(self.run_one(flags.run))
            return 0
        if not flags.table:
            self.run(flags.workers, flags.ray)
        print(self.table(flags.over))
        return int(any(run.status == "failed" for run in self.runs))

    def _check_folder(self):
        try:
            check_writable(self._folder)
        except OSError as error:
            raise OSError(
                "Expected `folder` to be a folder that can be written. Received: "
                f"{str(self._folder)!r} ({error}). Nothing was run."
            ) from error

    def _line(self, run):
        """Returns a line about a run that has ended."""
        done = sum(r.status != "open" for r in self.runs)
        label = labels(self.runs)[self.runs.index(run)]
        line = f"{done} of {len(self.runs)}: {label}: "
        if run.status == "failed":
            return f"{line}failed, {run.error.strip().splitlines()[-1]}"
        return line + ", ".join(f"{k} {v:.4g}" for k, v in run.result.items())


def _check_arguments(train):
    """Raises `TypeError` unless a function takes a config and a folder."""
    try:
        signature = inspect.signature(train)
    except ValueError:
        return  # Some functions in C have none.
    try:
        signature.bind({}, pathlib.Path())
    except TypeError as error:
        raise TypeError(
            "Expected `train` to be a function of a config and a folder, "
            f"`train(config, folder)`. Received: one of {signature}: {error}"
        ) from error


def _configs(grid, defaults):
    if defaults is not None and not isinstance(defaults, dict):
        raise TypeError(
            "Expected `defaults` to be a dict from names to values. Received: "
            f"{defaults!r}"
        )
    grids = grid if isinstance(grid, (list, tuple)) else [grid]
    configs = []
    for part in grids:
        if not isinstance(part, dict) or not all(isinstance(n, str) for n in part):
            raise ValueError(
                "Expected `grid` to be a dict from names to lists of values, or a list "
                f"of such dicts. Received: {grid!r}"
            )
        for name, values in part.items():
            _check_name(name, defaults)
            if isinstance(values, (str, bytes, dict)) or not hasattr(
                values, "__iter__"
            ):
                raise ValueError(
                    f"Expected the values of {name!r} in `grid` to be a list, such as "
                    f"[{values!r}]. Received: {values!r}"
                )
        configs += [
            {**(defaults or {}), **dict(zip(part, values, strict=True))}
            for values in itertools.product(*part.values())
        ]
    if not configs:
        raise ValueError(f"Expected a grid of at least one run. Received: {grid!r}")
    return configs


def _check_name(name, defaults):
    if defaults is None or name in defaults:
        return
    close = difflib.get_close_matches(name, defaults, 1)
    advice = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(
        f"Expected the names of `grid` to be among those of `defaults`: "
        f"{sorted(defaults)}. Received: {name!r}.{advice}"
    )


def _ended_early(run):
    """Writes that a process ended before its run did."""
    if not run.path.exists():
        raise RuntimeError(
            "A process ended before its run began. A script that makes several runs at "
            'a time needs its last lines under `if __name__ == "__main__":`, and '
            "`train` has to be imported without errors."
        )
    with contextlib.suppress(OSError):
        run.fail(ENDED)
