"""Every notebook runs from start to end, and is stored with outputs of its code."""

import os
import pathlib

import nbclient
import nbformat
import numpy as np
import pytest

from docs import execute_notebooks
from keras_rlgen.metrics import classifiers
from keras_rlgen.music.corpora.piece_file import write_pieces
from tests import without_xla
from tests.music.pieces import scale_piece

ROOT = pathlib.Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MAX_BYTES = 1_500_000
COLAB = "https://colab.research.google.com/github/keras-rlgen/keras_rlgen/blob/main/"


def notebooks(function):
    return pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)(function)


def read(path):
    return nbformat.read(path, as_version=4)


def test_there_are_notebooks():
    assert NOTEBOOKS


def write_chorales(folder):
    """Writes made-up chorales to where they are cached: reading Bach's takes long."""
    music21 = pytest.importorskip("music21")
    pieces = [scale_piece(str(i), 48, root=60 + i % 3) for i in range(20)]
    write_pieces(folder / f"bach_music21_{music21.__version__}.npz", pieces)


def write_mnist(path):
    """Writes made-up images in the place of MNIST, which would be downloaded."""
    images = np.random.default_rng(0).integers(0, 256, (160, 28, 28), np.uint8)
    np.savez(path, x=images, y=np.arange(160) % 10)
    return str(path)


@notebooks
def test_it_runs(path, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_RLGEN_QUICK", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras_home"))
    # The classifier of the metrics' features is trained here, briefly, and found there.
    monkeypatch.setitem(classifiers._TRAINING_STEPS, "digits", 20)
    classifiers.classifier("digits")
    if path.stem == "09_music":
        write_chorales(tmp_path / "keras_home" / "keras_rlgen" / "music")
    if path.stem == "11_images":
        monkeypatch.setenv("KERAS_RLGEN_MNIST", write_mnist(tmp_path / "mnist.npz"))
    search = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(search))
    notebook = read(path)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(without_xla.CELL))
    client = nbclient.NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()


@notebooks
def test_it_opens_in_colab(path):
    first = read(path).cells[0]
    assert first.cell_type == "markdown"
    assert f"]({COLAB}notebooks/{path.name})" in first.source


@notebooks
def test_outputs_are_those_of_one_execution(path):
    notebook = read(path)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in cells]
    assert counts == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert outputs
    assert not any(output.output_type == "error" for output in outputs)
    assert notebook.metadata.kernelspec.name == "python3"
    assert path.stat().st_size < MAX_BYTES


@notebooks
def test_outputs_are_those_of_its_code(path):
    executed = read(path).metadata.get(execute_notebooks.KEY, {}).get("executed_code")
    assert executed == execute_notebooks.code_hash(read(path)), (
        f"{path.stem} has changed since it was executed: "
        f"python docs/execute_notebooks.py {path.stem}"
    )


def test_the_cell_of_colab_is_not_part_of_the_hash():
    cells = [nbformat.v4.new_code_cell("1 + 1")]
    before = execute_notebooks.code_hash(nbformat.v4.new_notebook(cells=cells))
    install = nbformat.v4.new_code_cell('"google.colab" in sys.modules')
    notebook = nbformat.v4.new_notebook(cells=[install, *cells])
    assert execute_notebooks.code_hash(notebook) == before
    cells[0].source = "1 + 2"
    assert execute_notebooks.code_hash(notebook) != before
