import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
FLAGS = ("--epochs=1", "--classifier_steps=1", "--agent_epochs=0")


def test_it_runs(tmp_path):
    output = f"--output={tmp_path}"
    process = subprocess.run(
        [sys.executable, "-m", "recipes.latent_editing", *FLAGS, output],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    scores = json.loads((tmp_path / "scores.json").read_text())["directions"]
    assert {"ink", "class 3", "principal 1", "random, mean size"} <= set(scores)
    for name in ("ink", "class_3", "class_3_ink_kept", "principal_1"):
        assert (tmp_path / f"{name}.png").stat().st_size > 0
