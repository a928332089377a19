"""The table of `recipes/latent_editing.py` on MNIST, over seeds.

    python -m benchmarks.image_edits --seeds=3 -- --mnist=mnist.npz

Runs the recipe once for each seed, in a process of its own, and prints a Markdown table
of its edits: means over seeds with 95% confidence intervals (Student's t). Finished
seeds are stored in --output and skipped. Flags after `--` go to the recipe.
"""

import json
import pathlib
import subprocess
import sys

import numpy as np
from absl import app, flags
from scipy import stats

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 3, "Seeds.")
flags.DEFINE_string("output", "outputs/image_edits", "Folder of the runs.")


def run(seed, further):
    """Returns the edits' scores of one seed, from its folder if it exists."""
    folder = pathlib.Path(FLAGS.output, str(seed))
    if not (folder / "scores.json").exists():
        command = [sys.executable, "-m", "recipes.latent_editing", "--data=mnist"]
        command += [f"--seed={seed}", f"--output={folder}", *further]
        subprocess.run(command, check=True)
    return json.loads((folder / "scores.json").read_text())["edits"]


def interval(values):
    """Returns a mean with half of its 95% confidence interval."""
    if len(values) < 2 or np.ptp(values) == 0.0:
        return f"{np.mean(values):.3f}"
    half = stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
    return f"{np.mean(values):.3f} ± {half:.3f}"


def main(argv):
    tables = [run(seed, argv[1:]) for seed in range(FLAGS.seeds)]
    columns = list(tables[0]["nothing"])
    print("\n| edit | " + " | ".join(columns) + " |")
    print("| --- |" + " --- |" * len(columns))
    for row in tables[0]:
        cells = [
            interval([table[row][column] for table in tables]) for column in columns
        ]
        print(f"| {row} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    app.run(main)
