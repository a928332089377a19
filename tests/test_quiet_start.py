import os
import subprocess
import sys

import nbformat

from tests.test_notebooks import NOTEBOOKS, ROOT


def test_no_message_before_anything_happened():
    program = "import keras_rlgen, tensorflow as tf; tf.constant(1.0)"
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        cwd=ROOT,
        env=quiet,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0 and run.stderr == "" and run.stdout == ""


def test_make_starts_quietly():
    assert "\nexport TF_CPP_MIN_LOG_LEVEL ?= 3\n" in (ROOT / "Makefile").read_text()


def test_notebooks_import_the_package_first():
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        sources = [c.source for c in notebook.cells if c.cell_type == "code"]
        lines = [line for source in sources for line in source.splitlines()]
        imports = [x for x in lines if x.startswith(("import ", "from "))]
        imports = [x for x in imports if x not in ("import os", "import sys")]
        assert imports[0].startswith("import keras_rlgen"), path.name
        before = lines[: lines.index(imports[0])]
        assert any("TF_CPP_MIN_LOG_LEVEL" in line for line in before)
