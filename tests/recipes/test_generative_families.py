import json

from keras_rlgen.metrics import classifiers
from tests.recipes.in_process import run_recipe


def test_it_compares_all_families(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras_home"))
    monkeypatch.setitem(classifiers._TRAINING_STEPS, "digits", 20)
    arguments = ["--scale=0.01", f"--output={tmp_path}"]
    run_recipe("generative_families", arguments, monkeypatch)
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert list(scores) == ["real", "GAN", "VAE", "PixelCNN", "RealNVP"]
    assert all(0.0 <= row["precision"] <= 1.0 for row in scores.values())
    assert scores["PixelCNN"]["bits_per_dimension"] > 0.0
    assert "Seed 0, 360 samples of each" in capsys.readouterr().out
    pictures = ["samples.png", "scores.png", "VAE/index.html", "VAE/model.keras"]
    assert all((tmp_path / name).stat().st_size > 0 for name in pictures)
