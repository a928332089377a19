import json

from tests.recipes.in_process import run_recipe

FLAGS = ("--epochs=1", "--warm_up_epochs=0", "--classifier_epochs=1")


def test_it_runs(tmp_path, monkeypatch):
    arguments = [*FLAGS, "--classifier_steps=1", f"--output={tmp_path}"]
    run_recipe("dqn_gan_creative", arguments, monkeypatch)
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert {"unedited", "DQN", "random edits", "greedy search"} <= set(scores)
    for name in (
        *("edits/edits.gif", "make_it_an_8.png", "one_start.png", "dqn_gan.keras"),
        *("curves_losses.png", "curves_gradient_norms.png", "curves_edits.png"),
        "saved_model/saved_model.pb",
    ):
        assert (tmp_path / name).stat().st_size > 0
