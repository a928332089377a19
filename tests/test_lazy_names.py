import doctest
import subprocess
import sys

import pytest

import keras_rlgen
from keras_rlgen import agents, environments, lazy_names, rl_models

IN_A_NEW_PROCESS = """
import sys, keras, keras_rlgen

assert "tf_agents" not in sys.modules
assert "keras_rlgen.rl_models.rl_vae" not in sys.modules
found = keras.saving.get_registered_object("keras_rlgen>RLVAE")
assert found is not keras_rlgen.RLVAE
assert "tf_agents" not in sys.modules
assert keras.saving.get_registered_object("keras_rlgen>RLVAE") is keras_rlgen.RLVAE
"""


def test_examples():
    assert doctest.testmod(lazy_names).failed == 0


@pytest.mark.parametrize("package", [agents, environments, rl_models])
def test_an_unknown_name(package):
    with pytest.raises(AttributeError, match="has no attribute 'Unheard'"):
        package.__getattr__("Unheard")
    assert "Unheard" not in dir(package)


def test_names_are_listed():
    assert {"DQN", "tf_agents", "networks"} <= set(dir(agents))
    assert {"RLVAE", "AdaptiveKL"} <= set(dir(rl_models))
    with pytest.raises(AttributeError, match="'keras_rlgen' has no attribute"):
        keras_rlgen.__getattr__("Unheard")


def test_modules_are_imported_when_they_are_asked_for():
    process = subprocess.run(
        [sys.executable, "-c", IN_A_NEW_PROCESS],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
