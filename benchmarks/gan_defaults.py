"""Do the default settings of GANs learn? Rows of `recipes.reinforce_gan_mnist`, seeds.

    python -m benchmarks.gan_defaults --mnist=mnist.npz --seeds=3
    python -m benchmarks.gan_defaults --data=digits --epochs=80 --batch_size=64

Trains each row with each seed, and prints a Markdown table of every run, with the
accuracies of the discriminator in the last epoch, the seconds of training, and the
warnings of `fit`; then the means. Finished runs are stored in --output and skipped.
"""

import json
import pathlib
import statistics
import time

import tensorflow as tf
from absl import app, flags

from keras_rlgen import metrics
from recipes import reinforce_gan_mnist as recipe

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 3, "Number of seeds, starting with --seed.")
FLAGS.set_default("output", "outputs/gan_defaults")

FORMATS = {
    "frechet_distance": "{:.0f}",
    "precision": "{:.2f}",
    "recall": "{:.2f}",
    "coverage": "{:.2f}",
    "accuracy": "{:.2f}",
    "seconds": "{:.0f}",
}


def run(row, seed, data, features):
    """Returns the figures of one run, from its file if it exists."""
    path = pathlib.Path(FLAGS.output, f"{FLAGS.data}_{row}_{seed}.json")
    if path.exists():
        return json.loads(path.read_text())
    images, held_out = data
    start = time.time()
    gan, history = recipe.train(row, images, seed)
    figures = {"seconds": time.time() - start}
    scores, figures["real"] = recipe.score(gan, images, held_out, features)
    figures |= scores
    figures["accuracy"] = statistics.mean(
        history[f"discriminator_accuracy_{kind}"][-1] for kind in ("real", "generated")
    )
    figures["warned"] = list(gan.collapse_watch.warned)
    path.write_text(json.dumps(figures, indent=2) + "\n")
    samples = gan.generate(36, seed=0)
    recipe.draw(path.with_suffix(".png"), held_out, {row: samples})
    return figures


def line(title, seed, figures):
    cells = [form.format(figures[name]) for name, form in FORMATS.items()]
    return f"| {title} | {seed} | " + " | ".join(cells)


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    pathlib.Path(FLAGS.output).mkdir(parents=True, exist_ok=True)
    images, held_out, labels = recipe.load_images()
    _, features = metrics.train_classifier(images, labels, FLAGS.classifier_steps)
    seeds = range(FLAGS.seed, FLAGS.seed + FLAGS.seeds)
    results = {row: {} for row in FLAGS.rows}
    for row in FLAGS.rows:
        for seed in seeds:
            results[row][seed] = run(row, seed, (images, held_out), features)
            print(line(recipe.ROWS[row], seed, results[row][seed]), flush=True)
    print("\n| | seed | " + " | ".join(FORMATS) + " | warned |")
    print("| --- | --- |" + " --- |" * (len(FORMATS) + 1))
    for row, runs in results.items():
        for seed, figures in runs.items():
            told = ", ".join(figures["warned"]) or "-"
            print(f"{line(recipe.ROWS[row], seed, figures)} | {told} |")
    for row, runs in results.items():
        means = {n: statistics.mean(r[n] for r in runs.values()) for n in FORMATS}
        print(f"{line(f'**{recipe.ROWS[row]}**', 'mean', means)} | |")
    real = figures["real"]
    cells = [FORMATS[name].format(real[name]) for name in recipe.SCORES]
    print("| real images | | " + " | ".join(cells) + " | | | |")


if __name__ == "__main__":
    app.run(main)
