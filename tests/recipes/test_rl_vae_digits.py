import json

from keras_rlgen.metrics import classifiers
from tests.recipes.in_process import run_recipe

FLAGS = (
    "--epochs=1",
    "--seeds=1",
    "--batch_size=700",
    "--units=2",
    "--num_samples=2",
    "--draws=1",
    "--repeats=2",
    "--normal=",
    "--categorical=q_learning",
)


def test_it_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras_home"))
    # The classifier of the metrics' features is trained here, briefly, and found there.
    monkeypatch.setitem(classifiers._TRAINING_STEPS, "digits", 5)
    classifiers.classifier("digits")
    run_recipe("rl_vae_digits", [*FLAGS, f"--output={tmp_path}"], monkeypatch)
    results = json.loads((tmp_path / "scores.json").read_text())
    assert set(results["means"]) == {"categorical"}
    assert set(results["gradients"]["categorical"]) == {"q_learning (rloo)"}
    for name in ("curves_categorical", "reconstructions", "samples"):
        assert (tmp_path / f"{name}.png").stat().st_size > 0
