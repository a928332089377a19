import json
import os
import pathlib
import subprocess
import sys

from keras_rlgen.metrics import classifiers

ROOT = pathlib.Path(__file__).parents[2]


def test_it_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras_home"))
    # The classifier is trained here, briefly, and found there.
    monkeypatch.setitem(classifiers._TRAINING_STEPS, "digits", 5)
    classifiers.classifier("digits")
    flags = ("--epochs=1", "--agent_epochs=0", f"--output={tmp_path}")
    process = subprocess.run(
        [sys.executable, "-m", "recipes.latent_editing", *flags],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    scores = json.loads((tmp_path / "scores.json").read_text())["directions"]
    assert {"ink", "class 3", "principal 1", "random, mean size"} <= set(scores)
    for name in ("ink", "class_3", "class_3_ink_kept", "principal_1"):
        assert (tmp_path / f"{name}.png").stat().st_size > 0
