import json

import numpy as np
import tensorflow as tf

from tests.recipes.in_process import run_recipe

FLAGS = ("--models=VAE", "--epochs=1", "--latent_dim=2", "--classifier_steps=1")


def test_it_runs(tmp_path, monkeypatch):
    flags = [*FLAGS, "--batch_size=1437", "--hidden=2", f"--output={tmp_path}"]
    run_recipe("inpainting", flags, monkeypatch)
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert {"mean fill", "nearest-neighbour fill", "VAE with reward"} <= set(scores)
    itself = scores["undamaged"]
    assert itself["error"] == 0.0
    assert abs(itself["frechet_distance"]) < 1e-6
    assert scores["nearest-neighbour fill"]["error"] > 0.0
    assert (tmp_path / "restored.png").stat().st_size > 0
    assert (tmp_path / "vae.keras").exists()
    served = tf.saved_model.load(tmp_path / "saved_model")
    assert served.restore(tf.zeros((3, 8, 8, 2)), 0).shape == (3, 8, 8, 1)


def test_it_runs_on_larger_images(tmp_path, monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (96, 28, 28), np.uint8)
    np.savez(tmp_path / "mnist.npz", x=images, y=np.arange(96) % 10)
    flags = [*FLAGS, "--data=mnist", f"--mnist={tmp_path / 'mnist.npz'}"]
    flags += ["--corruption=center", "--filters=1", f"--output={tmp_path}"]
    run_recipe("inpainting", flags, monkeypatch)
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert 0.0 < scores["VAE with reward"]["error"] < 4.0
    served = tf.saved_model.load(tmp_path / "saved_model")
    assert served.restore(tf.zeros((3, 28, 28, 2)), 0).shape == (3, 28, 28, 1)
