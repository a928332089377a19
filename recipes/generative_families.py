"""Train four families of generators on digits, and compare them by one evaluation.

    python -m recipes.generative_families
    python -m recipes.generative_families --families=VAE,PixelCNN --scale=0.2

A GAN, a VAE, a PixelCNN and a flow (real NVP) learn the same 1,437 digits of 17 grey
levels. `evaluate_generator` then compares 360 samples of each with the held-out digits,
and real training digits with them: no family is expected to score better than those.
The families take different numbers of epochs; the table has the seconds of each.

Writes to --output: `samples.png`, a row of real digits and one of each family;
`scores.png` and `scores.json`; and for each family a folder with `index.html`, the page
of its evaluation, and `model.keras`.
"""

import json
import pathlib
import time

import keras
import tensorflow as tf
from absl import app, flags
from keras import layers
from matplotlib.figure import Figure

import keras_rlgen as rlgen
from keras_rlgen.pictures import format_table, image_grid

FAMILIES = ["GAN", "VAE", "PixelCNN", "RealNVP"]
FLAGS = flags.FLAGS
flags.DEFINE_list("families", FAMILIES, "What to train, of GAN,VAE,PixelCNN,RealNVP.")
flags.DEFINE_float("scale", 1.0, "Factor of the numbers of epochs.")
flags.DEFINE_integer("seed", 0, "Seed of weights, noise and data order.")
flags.DEFINE_string("output", "outputs/generative_families", "Folder to write to.")

SHAPE = (8, 8, 1)
LEVELS = 17
LATENT_DIM = 16
COLUMNS = 16  # Of the picture.


def mlp(inputs, outputs, activation=None):
    """Returns two hidden layers, and outputs of a shape."""
    return keras.Sequential(
        [
            layers.Input(inputs),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dense(256, activation="relu"),
            layers.Dense(tf.TensorShape(outputs).num_elements(), activation),
            layers.Reshape(outputs),
        ]
    )


def gan():
    generator = mlp((LATENT_DIM,), SHAPE, "tanh")
    model = rlgen.GAN(generator, mlp(SHAPE, (1,)), LATENT_DIM, seed=FLAGS.seed)
    model.compile()
    return model, 150


def vae():
    levels = rlgen.distributions.DiscretizedLogistic(LEVELS)
    encoder = mlp(SHAPE, (2 * LATENT_DIM,))
    decoder = mlp((LATENT_DIM,), SHAPE)
    model = rlgen.VAE(
        encoder, decoder, LATENT_DIM, distribution=levels, seed=FLAGS.seed
    )
    model.compile(keras.optimizers.Adam(1e-3))
    return model, 100


def pixel_cnn():
    network = rlgen.models.GatedPixelCNN(
        SHAPE, num_levels=LEVELS, filters=32, num_blocks=3, seed=FLAGS.seed
    )
    model = rlgen.PixelCNN(network, value_range=(-1, 1), seed=FLAGS.seed)
    model.compile(keras.optimizers.Adam(2e-3), jit_compile=False)
    return model, 30


def real_nvp():
    flow = rlgen.models.image_flow(SHAPE, seed=FLAGS.seed)
    model = rlgen.RealNVP(
        flow, SHAPE, num_levels=LEVELS, value_range=(-1, 1), seed=FLAGS.seed
    )
    model.compile(keras.optimizers.Adam(1e-3), jit_compile=False)
    return model, 40


MAKERS = dict(zip(FAMILIES, (gan, vae, pixel_cnn, real_nvp), strict=True))


def train_and_score(family, train, held_out, output):
    """Trains a family; returns samples, its scores, and those of real digits."""
    model, epochs = MAKERS[family]()
    epochs = max(1, round(FLAGS.scale * epochs))
    print(f"{family}: training for {epochs} epochs ...", flush=True)
    start = time.perf_counter()
    model.fit(train, batch_size=64, epochs=epochs, verbose=0)
    seconds = time.perf_counter() - start
    table = rlgen.evaluation.evaluate_generator(
        model, train, held_out, features="digits", directory=output, verbose=0
    )
    model.save(output / "model.keras")
    scores = {"seconds": seconds, **table}
    return model.generate(COLUMNS, seed=FLAGS.seed), scores, dict(table.real)


def write_samples(path, rows):
    """Draws a row of images for each name."""
    figure = Figure(figsize=(9, 0.58 * len(rows)), dpi=100)
    figure.subplots_adjust(left=0.09, right=0.99, bottom=0.01, top=0.99)
    panels = figure.subplots(len(rows))
    for axes, (name, images) in zip(panels, rows.items(), strict=True):
        axes.imshow(image_grid(images, columns=COLUMNS, value_range=(-1, 1)))
        axes.set(xticks=[], yticks=[])
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
    figure.savefig(path)


def write_scores(path, scores):
    """Draws the scores in [0, 1], a panel each, with real digits as a line."""
    names = ("precision", "recall", "density", "coverage")
    figure = Figure(figsize=(9, 2.4), dpi=100, layout="constrained")
    families = [family for family in scores if family != "real"]
    panels = figure.subplots(1, len(names), sharey=True)
    for axes, name in zip(panels, names, strict=True):
        axes.bar(families, [scores[family][name] for family in families])
        axes.axhline(scores["real"][name], color="0.3", linestyle=":")
        axes.set_title(name)
        axes.tick_params(axis="x", rotation=45)
    figure.savefig(path)


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    unknown = set(FLAGS.families) - set(FAMILIES)
    if unknown:
        raise app.UsageError(f"Expected --families of {FAMILIES}, not {unknown}.")
    output = pathlib.Path(FLAGS.output)
    (train, _), (held_out, _) = rlgen.datasets.digits()
    samples, scores = {"real": held_out[:COLUMNS]}, {"real": {}}
    for family in FLAGS.families:
        folder = output / family
        folder.mkdir(parents=True, exist_ok=True)
        samples[family], scores[family], scores["real"] = train_and_score(
            family, train, held_out, folder
        )
    columns = ("frechet_distance", "precision", "recall", "density", "coverage")
    columns += ("bits_per_dimension", "seconds")
    rows = {
        name: {c: row[c] for c in columns if c in row} for name, row in scores.items()
    }
    print(f"\nSeed {FLAGS.seed}, 360 samples of each:\n\n{format_table(rows)}\n")
    (output / "scores.json").write_text(json.dumps(scores, indent=2) + "\n", "utf-8")
    write_samples(output / "samples.png", samples)
    write_scores(output / "scores.png", scores)
    print(f"Samples: {output}/samples.png; pages: {output}/<family>/index.html")


if __name__ == "__main__":
    app.run(main)
