import json

import pytest

from tests.recipes.in_process import run_recipe

pytest.importorskip("keras_tuner", reason="needs the extra `tuning`")


@pytest.mark.parametrize("model", ["vae", "gan", "dqn"])
def test_it_searches(model, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras_home"))
    arguments = [f"--model={model}", "--trials=2", "--epochs=1", f"--output={tmp_path}"]
    run_recipe("tune_vae", arguments, monkeypatch)
    record = json.loads((tmp_path / "scores.json").read_text())
    best, worst = (record["scores"][row]["searched"] for row in ("best", "worst"))
    assert best >= worst if model == "dqn" else best <= worst
    assert record["best"]["learning_rate"] > 0.0
    for name in ("trials.png", "best.keras"):
        assert (tmp_path / name).stat().st_size > 0
