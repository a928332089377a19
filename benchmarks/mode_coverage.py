"""The table of `recipes/gan_modes.py`: mixtures x methods x seeds.

    python -m benchmarks.mode_coverage --seeds=5 --jobs=2

Trains each cell of the table with each seed, and prints a Markdown table of means over
seeds with every seed's figures below. Finished runs are stored in --output, with
pictures, and skipped. Takes the flags of the recipe too.
"""

import statistics

import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from recipes import gan_modes as recipe

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 5, "Seeds of each cell.")
flags.DEFINE_integer("jobs", 1, "Runs at a time.")
flags.DEFINE_list("mixtures", "ring,grid", "Mixtures.")
flags.DEFINE_list("methods", list(recipe.METHODS), "Methods.")

SETTINGS = (
    *("steps", "generator_width", "discriminator_width", "learning_rate", "beta_1"),
    "samples_per_latent",
)
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
    """Trains one model, and returns its scores."""
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    FLAGS.mark_as_parsed()  # In processes of their own.
    for name, value in config.items():
        setattr(FLAGS, name, value)
    return recipe.train(folder)


def main(argv):
    del argv
    grid = {
        "seed": range(FLAGS.seeds),
        "data": FLAGS.mixtures,
        "method": FLAGS.methods,
        **{name: [getattr(FLAGS, name)] for name in SETTINGS},
    }
    sweep = rlgen.tuning.Sweep(run, FLAGS.output, grid)
    sweep.run(workers=FLAGS.jobs)
    print("\n| data | method | " + " | ".join(COLUMNS) + " |")
    print("| --- | --- |" + " --- |" * len(COLUMNS))
    for data in FLAGS.mixtures:
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
