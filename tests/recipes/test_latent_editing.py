import json

from tests.recipes.in_process import run_recipe

FLAGS = ("--epochs=1", "--classifier_steps=1", "--agent_epochs=0")


def test_it_runs(tmp_path, monkeypatch):
    run_recipe("latent_editing", [*FLAGS, f"--output={tmp_path}"], monkeypatch)
    scores = json.loads((tmp_path / "scores.json").read_text())["directions"]
    assert {"ink", "class 3", "principal 1", "random, mean size"} <= set(scores)
    for name in ("ink", "class_3", "class_3_ink_kept", "principal_1"):
        assert (tmp_path / f"{name}.png").stat().st_size > 0
