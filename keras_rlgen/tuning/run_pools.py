"""Runs the runs of a sweep in several processes of this machine, or by Ray."""

import collections
import multiprocessing
import pickle
from concurrent import futures

from keras_rlgen.training.import_ray import import_ray

RUNS_PER_PROCESS = 20  # A fresh process imports and traces; an old one has its memory.


def run_in_processes(function, jobs, workers, report):
    """Calls a function for every job, in processes that are started anew.

    Args:
        function: Function of the arguments of a job, of the top level of a module.
        jobs: List of tuples of arguments.
        workers: Integer >= 1, the number of processes.
        report: Function of the index of a job and of what the function returned, or
            `None` where the process ended instead.

    Raises:
        ValueError: If the function or a job cannot be passed to a process.
        Exception: What the function raises, after the jobs in progress have ended.
    """
    try:
        pickle.dumps((function, jobs))
    except Exception as error:
        raise ValueError(
            "Expected `train` to be a function at the top level of a module, which "
            f"other processes can import ({error}). Use `workers=1`, or move it there."
        ) from error
    waiting = collections.deque(enumerate(jobs))

    def work():
        while waiting:
            with futures.ProcessPoolExecutor(
                1, multiprocessing.get_context("spawn")
            ) as process:
                for _ in range(RUNS_PER_PROCESS):
                    try:
                        index, job = waiting.popleft()
                    except IndexError:
                        return
                    try:
                        report(index, process.submit(function, *job).result())
                    except futures.process.BrokenProcessPool:
                        report(index, None)
                        break

    with futures.ThreadPoolExecutor(workers) as threads:
        try:
            serving = [threads.submit(work) for _ in range(workers)]
            for done in futures.as_completed(serving):
                done.result()
        except BaseException:
            waiting.clear()
            raise


def run_on_ray(function, jobs, options, report):
    """As `run_in_processes`, by tasks of Ray.

    Args:
        function: As there.
        jobs: As there.
        options: Dict of arguments of `ray.remote`, such as `num_gpus`.
        report: As there.

    Raises:
        ImportError: If Ray is not installed.
        Exception: What the function raises.
    """
    ray = import_ray()
    ended_early = (
        ray.exceptions.NodeDiedError,
        ray.exceptions.OutOfMemoryError,
        ray.exceptions.WorkerCrashedError,
    )
    task = ray.remote(**{"max_retries": 0, **options})(function)
    waiting = {task.remote(*job): index for index, job in enumerate(jobs)}
    while waiting:
        (done,), _ = ray.wait(list(waiting), num_returns=1)
        try:
            returned = ray.get(done)
        except ended_early:
            returned = None
        report(waiting.pop(done), returned)
