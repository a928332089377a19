import json

import pytest
import tensorflow as tf

from tests.recipes.in_process import run_recipe


@pytest.fixture
def eager():
    """Runs functions eagerly: their few steps take less than their compilation."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.parametrize("method", ["policy_gradient", "constant"])
def test_it_scores_and_draws(method, tmp_path, monkeypatch, capsys, eager):
    widths = ["--generator_width=4", "--discriminator_width=2"]
    arguments = [f"--method={method}", "--steps=10", *widths, f"--output={tmp_path}"]
    run_recipe("gan_modes", arguments, monkeypatch)
    folder = tmp_path / f"ring_{method}_0"
    scores = json.loads((folder / "scores.json").read_text())
    assert set(scores) == {"modes", "high_quality_fraction", "reverse_kl"}
    assert 0.0 <= scores["high_quality_fraction"] <= 1.0
    assert list(folder.glob("*.png"))
    assert f"ring, {method}, seed 0: 10 steps" in capsys.readouterr().out
