import json

from tests.recipes.in_process import run_recipe

FLAGS = ("--num_real=20", "--epochs=1", "--rounds=2")
ROWS = "real_jittered", "real_generated_policy"


def test_it_runs(tmp_path, monkeypatch):
    rows = [f"--row={row}" for row in ROWS]
    run_recipe("dqn_digits", [*FLAGS, *rows, f"--output={tmp_path}"], monkeypatch)
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert tuple(scores) == ROWS
    assert all(0.0 <= values["accuracy"] <= 1.0 for values in scores.values())
    assert {"labels_right", "agent_agrees", "recall"} < set(scores[ROWS[1]])
    for ending in (".png", ".keras"):
        assert (tmp_path / f"{ROWS[1]}{ending}").stat().st_size > 0
