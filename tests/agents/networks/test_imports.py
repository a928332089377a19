"""The folder imports without TF-Agents, which is asked for when it is needed."""

import subprocess
import sys

import pytest

from keras_rlgen.agents import networks

WITHOUT_TF_AGENTS = """
import sys

for name in ("gym", "tensorflow_probability", "tf_agents", "tf_keras"):
    sys.modules[name] = None

import keras
import keras_rlgen.agents
from keras_rlgen.agents import KerasOptimizer, networks

model = keras.Sequential([keras.Input((2,)), networks.FreeScale()])
model.save(sys.argv[1])
keras.saving.load_model(sys.argv[1])
KerasOptimizer(keras.optimizers.SGD(), model.trainable_variables)

for name in ("tensorflow_probability", "tf_keras"):
    del sys.modules[name]
for name in set(networks.__all__) - {"DuelingHead", "FreeScale"}:
    try:
        getattr(networks, name)
    except ImportError as error:
        lines = str(error).splitlines()
        assert "pip install --no-deps tf-agents==0.19.0" in lines, lines
    else:
        raise AssertionError(f"expected an ImportError for {name}")
"""


def test_without_tf_agents(tmp_path):
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT_TF_AGENTS, tmp_path / "model.keras"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr


def test_names():
    assert set(networks.__all__) <= set(dir(networks))
    for name in networks.__all__:
        assert getattr(networks, name).__name__ == name
    with pytest.raises(AttributeError, match="no_such_name"):
        networks.no_such_name  # noqa: B018
