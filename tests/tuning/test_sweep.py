import doctest
import os
import signal
import subprocess
import sys
import time

import pytest

from keras_rlgen.tuning import Sweep, sweep
from tests.tuning.toy_runs import scored

GRID = {"size": [1, 2], "seed": range(2)}


def test_example():
    assert doctest.testmod(sweep).failed == 0


def calls(made):
    return [len((run.path / "calls.txt").read_text()) for run in made.runs]


def test_every_combination_once(tmp_path, capsys):
    made = Sweep(scored, tmp_path, GRID, defaults={"size": 0, "seed": 0, "rate": 0.1})
    assert [run.config["size"] for run in made.runs] == [1, 1, 2, 2]
    assert all(run.config["rate"] == 0.1 for run in made.runs)
    results = made.run()
    assert results == [{"score": s} for s in (10.0, 11.0, 20.0, 21.0)]
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].startswith("4 of 4: size=2, seed=1: score 21 (")
    assert made.run(verbose=0) == results and calls(made) == [1] * 4
    # A longer grid makes the new runs alone.
    longer = Sweep(scored, tmp_path, {**GRID, "seed": range(3)}, {"rate": 0.1} | GRID)
    longer.run(verbose=0)
    assert calls(longer) == [1] * 6


def test_several_grids(tmp_path):
    grids = [{"size": [1], "seed": [0]}, {"size": [2], "seed": [0, 1], "rate": [0.1]}]
    made = Sweep(scored, tmp_path, grids)
    assert len(made.runs) == 3
    made.run(verbose=0)
    assert list(made.table(over="seed")) == ["size=1", "size=2, rate=0.1"]


def test_a_failed_run_stops_no_other(tmp_path, capsys):
    made = Sweep(scored, tmp_path, {"size": [1], "fails": [True, False], "seed": [0]})
    assert made.run() == [None, {"score": 10.0}]
    assert "failed, KeyError: 'latent_dmi'" in capsys.readouterr().out
    assert made.table(over="seed").counts["fails=True"]["failed"] == 1
    with pytest.raises(KeyError):
        made.run_one(0)


def test_one_run_is_as_all_of_them(tmp_path):
    made = Sweep(scored, tmp_path / "one", GRID)
    results = [made.run_one(index) for index in range(4)]
    assert results == Sweep(scored, tmp_path / "all", GRID).run(verbose=0)
    with pytest.raises(ValueError, match="`index` to be an integer >= 0 and <= 3"):
        made.run_one(4)


def test_runs_in_processes(tmp_path):
    made = Sweep(scored, tmp_path, {**GRID, "fails": [False, True]})
    results = made.run(workers=2, verbose=0)
    assert results[::2] == [{"score": s} for s in (10.0, 11.0, 20.0, 21.0)]
    assert results[1::2] == [None] * 4
    assert "latent_dmi" in made.runs[1].error


def test_runs_by_ray(tmp_path, ray_of_two):
    made = Sweep(scored, tmp_path, {"size": [1], "seed": [0], "fails": [False, True]})
    assert made.run(ray={"num_cpus": 0.5}, verbose=0) == [{"score": 10.0}, None]


def test_a_killed_sweep_is_continued(tmp_path):
    program = (
        "from keras_rlgen.tuning import Sweep\n"
        "from tests.tuning.toy_runs import waits\n"
        f"Sweep(waits, {str(tmp_path)!r}, {{'seed': [0, 1]}}).run()"
    )
    process = subprocess.Popen([sys.executable, "-c", program])
    while not list(tmp_path.glob("*/waiting")):
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    made = Sweep(lambda config, folder: {"score": 5.0}, tmp_path, {"seed": [0, 1]})
    assert [run.status for run in made.runs] == ["finished", "open"]
    assert made.run(verbose=0) == [{"score": 0.0}, {"score": 5.0}]


class TestErrors:
    def test_a_name_that_is_no_argument(self, tmp_path):
        with pytest.raises(ValueError, match="Did you mean 'latent_dim'"):
            Sweep(scored, tmp_path, {"latent_dmi": [2]}, {"latent_dim": 2, "seed": 0})
        made = Sweep(scored, tmp_path, GRID)
        with pytest.raises(ValueError, match="Received: 'sede'"):
            made.table(over="sede")

    @pytest.mark.parametrize(
        ("grid", "message"),
        [
            ([], "at least one run"),
            ({"seed": []}, "at least one run"),
            ({"seed": 3}, r"such as \[3\]"),
            ({"kind": "vae"}, r"such as \['vae'\]"),
            ("seed", "a dict from names"),
            ({"seed": [1, 1]}, "one of them twice"),
        ],
    )
    def test_a_grid_that_is_none(self, tmp_path, grid, message):
        with pytest.raises(ValueError, match=message):
            Sweep(scored, tmp_path, grid)

    def test_a_folder_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").touch()
        made = Sweep(scored, tmp_path / "file" / "sweep", GRID)
        with pytest.raises(OSError, match="Nothing was run"):
            made.run()

    def test_no_function(self, tmp_path):
        with pytest.raises(TypeError, match="a function of a config and a folder"):
            Sweep({"seed": [1]}, tmp_path, GRID)

    def test_a_process_that_ends_before_its_run(self, tmp_path):
        made = Sweep(scored, tmp_path, GRID)
        with pytest.raises(RuntimeError, match="__main__"):
            sweep._ended_early(made.runs[0])
        made.runs[0].path.mkdir()
        sweep._ended_early(made.runs[0])
        assert made.runs[0].status == "failed"


def test_command_line(tmp_path, capsys):
    made = Sweep(scored, tmp_path, GRID)
    assert made.main(["--count"]) == 0 and capsys.readouterr().out == "4\n"
    assert made.main(["--run=1"]) == 0
    assert capsys.readouterr().out == "{'score': 11.0}\n"
    assert made.main(["--table"]) == 0
    assert "| size=2 | - |" in capsys.readouterr().out
    assert made.main([]) == 0
    assert "| size=2 | score | 20.5 (" in capsys.readouterr().out
    broken = Sweep(scored, tmp_path, {**GRID, "fails": [True]})
    assert broken.main(["--over=size"]) == 1


def test_functions_of_other_arguments(tmp_path):
    for train in (lambda: {}), (lambda config: {}), (lambda a, b, c: {}):
        with pytest.raises(TypeError, match=r"`train\(config, folder\)`. Received"):
            Sweep(train, tmp_path, {"a": [1]})
    with pytest.raises(TypeError, match="`defaults` to be a dict"):
        Sweep(lambda config, folder: {}, tmp_path, {"a": [1]}, defaults=[1])
    with pytest.raises(ValueError, match="Expected a path"):
        Sweep(lambda config, folder: {}, None, {"a": [1]})


def test_runs_that_fail_are_told_of(tmp_path):
    sweep = Sweep(lambda config, folder: None, tmp_path, {"a": [1, 2]})
    with pytest.warns(UserWarning, match="2 of 2 runs failed. The first: .*error.txt"):
        assert sweep.run(verbose=0) == [None, None]
