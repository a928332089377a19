"""Executes the notebooks and stores them with their outputs.

    python docs/execute_notebooks.py                    # all of them, `make notebooks`
    python docs/execute_notebooks.py 01_rl_trained_gan  # this one

Each notebook runs as it is, in a temporary folder, and is stored when it has reached
its end. Its metadata then hold a hash of the code, by which the tests find a notebook
whose code has changed since.
"""

import hashlib
import os
import pathlib
import sys
import tempfile
import time

import nbclient
import nbformat

ROOT = pathlib.Path(__file__).parents[1]
KEY = "keras_rlgen"
# These differ from one execution to the next, and nothing reads them.
PASSING = {"execution"}


def code_hash(notebook):
    """Returns a hash of the code, except for the cell that installs in Colab."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    code = "\n\n".join(s for s in sources if "google.colab" not in s)
    return hashlib.sha256(code.encode()).hexdigest()


def execute(path):
    """Executes a notebook and stores it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = nbclient.NotebookClient(
            notebook,
            timeout=None,
            coalesce_streams=True,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        )
        client.execute()
    without_passing(notebook)
    notebook.metadata[KEY] = {"executed_code": code_hash(notebook)}
    nbformat.write(notebook, path)


def without_passing(notebook):
    """Removes times, the home folder, and what TensorFlow logs to stderr."""
    home = str(pathlib.Path.home())
    for cell in notebook.cells:
        for key in PASSING & set(cell.metadata):
            del cell.metadata[key]
        if cell.cell_type == "code":
            kept = [o for o in cell.outputs if o.get("name") != "stderr"]
            for output in kept:
                if output.output_type == "stream":
                    output.text = output.text.replace(home, "~")
            cell.outputs = kept


def main(names):
    """Executes the named notebooks, or all."""
    search = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(search)
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    unknown = sorted(set(names) - {path.stem for path in paths})
    if unknown:
        sys.exit(f"Unknown notebooks: {unknown}. Expected names without .ipynb.")
    for path in paths:
        if names and path.stem not in names:
            continue
        start = time.time()
        print(f"{path.stem}: executing ...", flush=True)
        execute(path)
        megabytes = path.stat().st_size / 1e6
        print(f"{path.stem}: {time.time() - start:.0f} s, {megabytes:.2f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
