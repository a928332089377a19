import json

import numpy as np
import pytest
import tensorflow as tf

from tests.recipes.in_process import run_recipe


@pytest.fixture
def eager():
    """Runs functions eagerly: their few steps take less than their compilation."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def test_it_compares_gans_with_default_settings(tmp_path, monkeypatch, capsys, eager):
    arguments = ["--data=digits", "--epochs=1", "--batch_size=512", "--held_out=50"]
    arguments += ["--rows=plain,constant", "--classifier_steps=5"]
    recipe = run_recipe(
        "reinforce_gan_mnist", [*arguments, f"--output={tmp_path}"], monkeypatch
    )
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert set(scores) == {"plain GAN", "control: constant reward", "real"}
    assert all(set(row) == set(recipe.SCORES) for row in scores.values())
    assert (tmp_path / "result.png").exists()
    assert "1437 training images, 50 unseen" in capsys.readouterr().out


def test_of_a_small_file_the_last_images_are_unseen(tmp_path, monkeypatch, eager):
    pixels = np.arange(80, dtype=np.uint8)[:, None, None] + np.zeros((1, 28, 28))
    path = tmp_path / "mnist.npz"
    np.savez(path, x=pixels.astype(np.uint8), y=np.arange(80, dtype=np.uint8) % 10)
    arguments = [f"--mnist={path}", "--held_out=20", "--epochs=1", "--rows=plain"]
    arguments += ["--classifier_steps=2", f"--output={tmp_path}"]
    recipe = run_recipe("reinforce_gan_mnist", arguments, monkeypatch)
    images, held_out, labels = recipe.load_images()
    values = np.round((np.concatenate([images, held_out])[:, 0, 0, 0] + 1.0) * 127.5)
    np.testing.assert_array_equal(values, np.arange(80))
    assert len(held_out) == 20 and len(labels) == len(images)
