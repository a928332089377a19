import json

import pytest

from keras_rlgen.metrics import classifiers
from tests.recipes.in_process import run_recipe

keras_tuner = pytest.importorskip("keras_tuner", reason="needs the extra `tuning`")


def test_it_searches(tmp_path, monkeypatch):
    arguments = ["--trials=1", "--epochs=1", f"--output={tmp_path}"]
    recipe = run_recipe("tune_vae", arguments, monkeypatch)
    record = json.loads((tmp_path / "scores.json").read_text())
    scores = record["scores"]["best"]
    assert scores["another_seed"] != scores["searched"] > 0.0
    assert record["best"]["latent_dim"] in (2, 4, 8, 16)
    for name in ("trials.png", "best.keras"):
        assert (tmp_path / name).stat().st_size > 0

    # The other model, as the recipe makes it, with less data.
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras_home"))
    monkeypatch.setitem(classifiers._TRAINING_STEPS, "digits", 5)
    digits = recipe.fit_arguments()["x"][:32]
    make, objective, _ = recipe.MODELS["gan"]
    tuner = keras_tuner.RandomSearch(
        make, objective, max_trials=1, directory=tmp_path, project_name="gan"
    )
    tuner.search(epochs=1, verbose=0, x=digits, validation_data=digits)
    (trial,) = tuner.oracle.get_best_trials()
    assert trial.score > 0.0
