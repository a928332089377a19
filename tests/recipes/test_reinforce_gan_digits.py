import json

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.metrics import classifiers
from tests.recipes.in_process import run_recipe

ROWS = [
    *("real", "plain GAN", "RL-trained"),
    *("control: reward shuffled", "control: no reward"),
]


@pytest.fixture
def eager():
    """Runs functions eagerly: their few steps take less than their compilation."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def test_it_runs_and_counts_holes(tmp_path, monkeypatch, capsys, eager):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras_home"))
    # The classifier of the metrics' features is trained here, briefly, and found there.
    monkeypatch.setitem(classifiers._TRAINING_STEPS, "digits", 5)
    arguments = ["--epochs=1", "--batch_size=512", f"--output={tmp_path}"]
    recipe = run_recipe("reinforce_gan_digits", arguments, monkeypatch)
    scores = json.loads((tmp_path / "scores.json").read_text())["0"]
    assert list(scores) == ROWS
    printed = capsys.readouterr().out
    assert "4/4 control: no reward: epoch   1 of 1" in printed and "0 s left" in printed
    for name in ("result.png", "rl_trained.keras", "saved_model/saved_model.pb"):
        assert (tmp_path / name).exists()

    ring = np.full((3, 3, 1), 1.0)
    ring[1, 1] = -1.0
    images = np.full((4, 8, 8, 1), -1.0, np.float32)
    images[1:, 2:5, 2:5] = ring
    images[2, 4:7, 2:5] = ring  # An eight.
    images[3, 3, 4] = -1.0  # An open ring.
    np.testing.assert_array_equal(recipe.count_holes(images), [0, 1, 2, 0])
    np.testing.assert_array_equal(recipe.HasHole()(images), [0.0, 1.0, 1.0, 0.0])
