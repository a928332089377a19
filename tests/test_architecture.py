"""The rules of the house that no single module can keep alone."""

import pathlib
import subprocess
import sys

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = pathlib.Path(__file__).parent.parent

# Keras imports some of these itself, where it can. A look at `sys.modules` would thus
# say little, so they are put out of reach instead.
IMPORT_WITHOUT_HEAVY_PACKAGES = """
import sys

for name in (
    "gym",
    "gymnasium",
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


def test_import_contracts(capsys):
    status = lint_imports(
        config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True
    )
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_importing_the_package_imports_nothing_heavy():
    process = subprocess.run(
        [sys.executable, "-c", IMPORT_WITHOUT_HEAVY_PACKAGES],
        capture_output=True,
        cwd=ROOT,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
