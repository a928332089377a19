import json

from keras_rlgen.metrics import classifiers
from tests.recipes.in_process import run_recipe

FLAGS = (
    "--families=vae",
    "--epochs=1",
    "--rounds=1",
    "--num_samples=2",
    "--controls=",
    "--seeds=2",
)


def test_it_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras_home"))
    # The classifier of the metrics' features is trained here, briefly, and found there.
    monkeypatch.setitem(classifiers._TRAINING_STEPS, "digits", 5)
    classifiers.classifier("digits")
    run_recipe("reward_tuning", [*FLAGS, f"--output={tmp_path}"], monkeypatch)
    record = json.loads((tmp_path / "scores.json").read_text())
    assert list(record) == ["0", "1"] and record["0"] != record["1"]
    scores = record["1"]
    assert list(scores) == ["vae, before", "vae, tuned"]
    assert scores["vae, before"]["reward"] != scores["vae, tuned"]["reward"]
    for name in ("before", "tuned", "curve"):
        assert (tmp_path / f"vae_{name}.png").stat().st_size > 0
    assert (tmp_path / "vae.keras").exists()
