import json

import tensorflow as tf

from tests.recipes.in_process import run_recipe

FLAGS = (
    "--models=VAE",
    "--epochs=1",
    "--batch_size=1437",
    "--hidden=2",
    "--latent_dim=2",
    "--classifier_steps=1",
)


def test_it_runs(tmp_path, monkeypatch):
    run_recipe("inpainting", [*FLAGS, f"--output={tmp_path}"], monkeypatch)
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert {"mean fill", "nearest-neighbour fill", "VAE with reward"} <= set(scores)
    itself = scores["held-out images themselves"]
    assert itself["pixel_error"] == itself["feature_distance"] == 0.0
    assert scores["nearest-neighbour fill"]["pixel_error"] > 0.0
    assert (tmp_path / "restored.png").stat().st_size > 0
    assert (tmp_path / "vae.keras").exists()
    served = tf.saved_model.load(tmp_path / "saved_model")
    assert served.restore(tf.zeros((3, 8, 8, 2)), 0).shape == (3, 8, 8, 1)
