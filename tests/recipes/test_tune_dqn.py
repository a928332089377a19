import json

import pytest

from tests.recipes.in_process import run_recipe

pytest.importorskip("keras_tuner", reason="needs the extra `tuning`")


def test_it_searches_and_confirms(tmp_path, monkeypatch):
    arguments = ["--trials=1", "--epochs=1", "--steps_per_epoch=8", "--seeds=1"]
    run_recipe("tune_dqn", [*arguments, f"--output={tmp_path}"], monkeypatch)
    record = json.loads((tmp_path / "scores.json").read_text())
    assert record["settings"]["best"]["units"] in (32, 64, 128, 256)
    assert all(len(record["returns"][n]) == 1 for n in ("best", "worst", "defaults"))
    assert len(list((tmp_path / "sweep").glob("*/result.json"))) == 3
    assert (tmp_path / "trials.png").stat().st_size > 0
