import pytest

from keras_rlgen.tuning.run_pools import run_in_processes, run_on_ray
from tests.tuning.toy_runs import crashes


def test_a_process_that_dies_takes_one_job_with_it(tmp_path):
    names = ["first", "crash", "second"]
    returned = {}
    run_in_processes(
        crashes, [(str(tmp_path), name) for name in names], 1, returned.__setitem__
    )
    assert returned == {0: "first", 1: None, 2: "second"}


def test_what_the_function_raises_stops_all(tmp_path):
    jobs = [(str(tmp_path / "missing"), "first"), (str(tmp_path), "second")]
    with pytest.raises(FileNotFoundError):
        run_in_processes(crashes, jobs, 1, print)
    assert not (tmp_path / "second").exists()


def test_a_function_that_no_process_can_import():
    with pytest.raises(ValueError, match="at the top level of a module"):
        run_in_processes(lambda: 1, [()], 2, print)


def test_jobs_by_ray(tmp_path, ray_of_two):
    returned = {}
    jobs = [(str(tmp_path), name) for name in ("first", "crash", "second")]
    run_on_ray(crashes, jobs, {}, returned.__setitem__)
    assert returned == {0: "first", 1: None, 2: "second"}
