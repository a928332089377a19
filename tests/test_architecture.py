"""The rules of the house that no single module can keep alone."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent

# Keras imports some of these itself, where it can. A look at `sys.modules` would thus
# say little, so they are put out of reach instead.
IMPORT_WITHOUT_HEAVY_PACKAGES = """
import sys

for name in (
    "gym",
    "gymnasium",
    "keras_hub",
    "matplotlib",
    "pandas",
    "PIL",
    "scipy",
    "sklearn",
    "tensorflow_probability",
    "tf_agents",
    "tf_keras",
):
    sys.modules[name] = None

import keras_rlgen

assert keras_rlgen.__version__
"""


# In a process of its own, since it configures logging for the whole process.
CHECK_CONTRACTS = """
import sys
from importlinter.cli import lint_imports

sys.exit(lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True))
"""


def run(program):
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        cwd=ROOT,
        text=True,
        timeout=300,
    )


def test_import_contracts():
    process = run(CHECK_CONTRACTS)
    assert process.returncode == 0, process.stdout + process.stderr


def test_importing_the_package_imports_nothing_heavy():
    process = run(IMPORT_WITHOUT_HEAVY_PACKAGES)
    assert process.returncode == 0, process.stderr
