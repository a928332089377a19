import doctest
import json

import numpy as np
import pytest

from keras_rlgen.tuning import RunFolder, run_folder
from tests.tuning.toy_runs import scored


def test_example():
    assert doctest.testmod(run_folder).failed == 0


def test_the_config_names_the_folder(tmp_path):
    run = RunFolder(tmp_path, {"size": 2, "seed": np.int64(1)})
    assert run.path == RunFolder(tmp_path, {"seed": 1, "size": 2}).path
    assert run.path != RunFolder(tmp_path, {"seed": 2, "size": 2}).path
    assert run.status == "open" and run.result is None and run.error is None


def test_a_finished_run_is_not_made_again(tmp_path):
    run = RunFolder(tmp_path, {"size": 2, "seed": 1})
    assert run.execute(scored) == run.execute(scored) == {"score": 21.0}
    assert (run.path / "calls.txt").read_text() == "x"
    assert json.loads((run.path / "config.json").read_text()) == run.config


def test_the_function_gets_what_the_file_holds(tmp_path):
    seen = []

    def train(config, folder):
        seen.append(config)
        return {}

    RunFolder(tmp_path, {"units": (8, 8), "rate": np.float32(0.5)}).execute(train)
    assert seen == [{"units": [8, 8], "rate": 0.5}]


def test_a_failure_is_written_and_tried_again(tmp_path):
    run = RunFolder(tmp_path, {"size": 2, "seed": 1})

    def broken(config, folder):
        raise RuntimeError("out of luck")

    with pytest.raises(RuntimeError, match="out of luck"):
        run.execute(broken)
    assert run.status == "failed" and "out of luck" in run.error
    assert run_folder.execute(broken, tmp_path, run.config) is False
    assert run_folder.execute(scored, tmp_path, run.config) is True
    assert run.status == "finished" and run.error is None


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (None, TypeError, "Received: None"),
        ({"loss": "low"}, TypeError, "Received: {'loss': 'low'}"),
        ({"loss": [1.0]}, TypeError, "a dict from names to floats"),
        ({"loss": float("nan")}, ValueError, "finite numbers. Received: {'loss': nan}"),
    ],
)
def test_what_is_no_result_is_a_failure_that_names_it(
    tmp_path, returned, error, message
):
    run = RunFolder(tmp_path, {"seed": 1})
    with pytest.raises(error, match=message):
        run.execute(lambda config, folder: returned)
    assert run.status == "failed" and message in run.error


def test_a_config_that_json_cannot_hold(tmp_path):
    for value in (object(), float("inf"), np.zeros(2)):
        with pytest.raises(ValueError, match="Expected a config of numbers"):
            RunFolder(tmp_path, {"value": value})


def test_a_folder_of_another_config_or_a_damaged_file(tmp_path):
    run = RunFolder(tmp_path, {"size": 1, "seed": 1})
    run.path.mkdir()
    (run.path / "config.json").write_text('{"size": 3}')
    with pytest.raises(ValueError, match="name another one for the sweep"):
        run.execute(scored)
    (run.path / "result.json").write_text("{")
    with pytest.raises(ValueError, match="Remove the file to run again"):
        run.execute(scored)


def test_a_result_that_cannot_be_written_is_in_the_error(tmp_path, monkeypatch):
    def full(path, text):
        if path.name == "result.json":
            raise OSError("no space left")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    monkeypatch.setattr(run_folder.whole_files, "write_text", full)
    run = RunFolder(tmp_path, {"size": 1, "seed": 1})
    with pytest.raises(OSError, match="no space left. It is {'score': 11.0}"):
        run_folder.execute(scored, tmp_path, run.config)
    assert run.status == "open"
