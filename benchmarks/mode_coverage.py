"""The table of `recipes/gan_modes.py`: mixtures x methods x seeds.

    python -m benchmarks.mode_coverage --seeds=3 --jobs=2

Runs the recipe once for each cell and seed, in separate processes, and prints a
Markdown table of means over seeds with every seed's figures below. Finished runs are
stored in --output and skipped. Flags after `--` go to the recipe.
"""

import concurrent.futures
import json
import pathlib
import statistics
import subprocess
import sys

from absl import app, flags

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


def run(data, method, seed, further):
    """Returns the scores of one run, from its folder if it exists."""
    scores = pathlib.Path(FLAGS.output, f"{data}_{method}_{seed}", "scores.json")
    if not scores.exists():
        command = [sys.executable, "-m", "recipes.gan_modes", f"--data={data}"]
        command += [f"--method={method}", f"--seed={seed}", f"--output={FLAGS.output}"]
        subprocess.run([*command, *further], check=True)
    return json.loads(scores.read_text())


def main(argv):
    cells = [
        (data, method, seed)
        for seed in range(FLAGS.seeds)
        for data in FLAGS.data
        for method in FLAGS.methods
    ]
    with concurrent.futures.ThreadPoolExecutor(FLAGS.jobs) as pool:
        scores = dict(
            zip(cells, pool.map(lambda cell: run(*cell, argv[1:]), cells), strict=True)
        )
    print("\n| data | method | " + " | ".join(COLUMNS) + " |")
    print("| --- | --- |" + " --- |" * len(COLUMNS))
    for data in FLAGS.data:
        for (where, method), figures in PUBLISHED.items():
            if where == data:
                row(data, method, figures)
        for method in FLAGS.methods:
            seeds = [scores[data, method, seed] for seed in range(FLAGS.seeds)]
            means = [statistics.mean(s[column] for s in seeds) for column in COLUMNS]
            row(data, f"**{method}**, mean of {FLAGS.seeds}", means)
            for seed, figures in enumerate(seeds):
                row(data, f"{method}, seed {seed}", [figures[c] for c in COLUMNS])


def row(data, method, figures):
    cells = [
        form.format(figure) if figure is not None else "-"
        for form, figure in zip(COLUMNS.values(), figures, strict=True)
    ]
    print(f"| {data} | {method} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    app.run(main)
