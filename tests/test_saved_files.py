"""Files of an earlier commit still load, and train on to the same losses."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from tests.saved_files import save

EXPECTED = json.loads((save.FOLDER / "expected.json").read_text())

LOAD_IN_A_FRESH_PROCESS = """
import sys

import keras
import keras_rlgen

model = keras.saving.load_model(sys.argv[1])
assert type(model).__name__ == sys.argv[2] and model.compiled
"""


def test_every_file_is_tried():
    assert {file.stem for file in save.FOLDER.glob("*.keras")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_training_goes_on_to_the_same_losses(name):
    logs = save.train(save.load(name), name)
    assert set(logs) == set(EXPECTED[name])
    for key, value in EXPECTED[name].items():
        np.testing.assert_allclose(logs[key], value, 1e-4, 1e-5, err_msg=key)


@pytest.mark.parametrize("name, kind", [("rl_vae", "RLVAE"), ("dqn", "DQN")])
def test_keras_finds_the_class_of_a_file(name, kind):
    process = subprocess.run(
        [sys.executable, "-c", LOAD_IN_A_FRESH_PROCESS, save.path(name), kind],
        capture_output=True,
        cwd=pathlib.Path(__file__).parent.parent,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
