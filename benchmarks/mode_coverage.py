"""The table of `recipes/gan_modes.py`: mixtures x methods x seeds.

    python -m benchmarks.mode_coverage --seeds=3 --jobs=2

Runs the recipe once for each cell and seed, in separate processes, and prints a
Markdown table of means over seeds with every seed's figures below. Finished runs are
stored in --output and skipped. Flags after `--` go to the recipe.
"""

import json
import statistics
import subprocess
import sys

from absl import app, flags

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 3, "Seeds of each cell.")
flags.DEFINE_integer("jobs", 2, "Runs at a time.")
flags.DEFINE_list("data", "ring,grid", "Mixtures.")
flags.DEFINE_list("methods", "gan,packed_gan,policy_gradient,mixed", "Methods.")
flags.DEFINE_string("output", "outputs/gan_modes", "Folder of the runs.")

COLUMNS = {"modes": "{:g}", "high_quality_fraction": "{:.3f}", "reverse_kl": "{:.4f}"}
# Lin et al., 2018, table 1: means of ten trials of 400,000 steps.
PUBLISHED = {
    ("ring", "GAN, published"): (6.3, 0.982, 0.45),
    ("ring", "ALI, published"): (6.6, 0.976, 0.36),
    ("ring", "PacGAN2, published"): (7.9, 0.956, 0.07),
    ("ring", "PacGAN4, published"): (7.8, 0.959, 0.07),
    ("grid", "GAN, published"): (17.3, 0.948, 0.70),
    ("grid", "ALI, published"): (24.1, 0.957, 0.14),
    ("grid", "PacGAN2, published"): (23.8, 0.913, 0.13),
    ("grid", "PacGAN4, published"): (24.8, 0.936, 0.04),
}


def run(config, folder):
    """Runs the recipe, and returns its scores."""
    command = [sys.executable, "-m", "recipes.gan_modes", f"--output={folder}"]
    command += [f"--{name}={config[name]}" for name in ("data", "method", "seed")]
    subprocess.run([*command, *config["further"]], check=True)
    (scores,) = folder.glob("*/scores.json")
    scores = json.loads(scores.read_text())
    return {column: scores[column] for column in COLUMNS}


def main(argv):
    grid = {
        "seed": range(FLAGS.seeds),
        "data": FLAGS.data,
        "method": FLAGS.methods,
        "further": [argv[1:]],
    }
    sweep = rlgen.tuning.Sweep(run, FLAGS.output, grid)
    sweep.run(workers=FLAGS.jobs)
    print("\n| data | method | " + " | ".join(COLUMNS) + " |")
    print("| --- | --- |" + " --- |" * len(COLUMNS))
    for data in FLAGS.data:
        for (where, method), figures in PUBLISHED.items():
            if where == data:
                row(data, method, figures)
        for method in FLAGS.methods:
            cell = {"data": data, "method": method}
            runs = [r for r in sweep.runs if cell.items() <= r.config.items()]
            seeds = {r.config["seed"]: r.result.values() for r in runs if r.result}
            if seeds:
                means = map(statistics.mean, zip(*seeds.values(), strict=True))
                row(data, f"**{method}**, mean of {len(seeds)}", means)
            for seed, figures in seeds.items():
                row(data, f"{method}, seed {seed}", figures)


def row(data, method, figures):
    cells = [
        form.format(figure) if figure is not None else "-"
        for form, figure in zip(COLUMNS.values(), figures, strict=True)
    ]
    print(f"| {data} | {method} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    app.run(main)
