"""Train VAEs of handwritten digits whose encoders are policies, and compare them.

The encoder samples a latent for each digit, and the reward is the digit's
log-likelihood under the decoder, minus the KL divergence. For normal latents, the
reparameterised gradient of the same bound is compared with the score function with four
baselines; for categorical ones, Gumbel-softmax and straight-through with the score
function and Q-learning. All have the same networks, epochs and latents per sample.

    python -m recipes.rl_vae_digits
    python -m recipes.rl_vae_digits --data=mnist --epochs=40 --seeds=1

Writes to --output: `curves_normal.png` and `curves_categorical.png`, the bound of
held-out digits in training; `reconstructions.png` and `samples.png`, a row for each
model, real digits first; `scores.json`.
"""

import json
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_enum("data", "digits", ["digits", "mnist"], "Which digits.")
flags.DEFINE_string("mnist", None, "Local file or folder; downloaded by default.")
flags.DEFINE_integer("epochs", 300, "Passes over the training digits.")
flags.DEFINE_integer("batch_size", 128, "Digits per step.")
flags.DEFINE_integer("seed", 0, "Seed of weights, latents and data order.")
flags.DEFINE_integer("seeds", 3, "Number of seeds to run, starting with --seed.")
flags.DEFINE_integer("num_samples", 4, "Latents per digit in training.")
flags.DEFINE_integer("units", 256, "Units of the hidden layers.")
flags.DEFINE_float("learning_rate", 2e-3, "Initial rate; it decays to zero.")
flags.DEFINE_integer("draws", 64, "Latents per held-out digit in the bound.")
flags.DEFINE_integer("repeats", 256, "Gradients per estimator in the report.")
flags.DEFINE_float("temperature", 0.25, "Temperature of Gumbel-softmax.")
flags.DEFINE_list(
    "normal",
    ["reparameterized", "rloo", "critic", "moving_average", "none"],
    "What to compare with normal latents: estimators, or baselines of the score "
    "function. The first is the reference.",
)
flags.DEFINE_list(
    "categorical",
    ["score_function", "q_learning", "straight_through", "gumbel_softmax"],
    "What to compare with categorical latents. The best is the reference.",
)
flags.DEFINE_string("output", "outputs/rl_vae_digits", "Folder to write to.")

LATENT_DIM = 8
NUM_LATENTS, NUM_CODES = 8, 8
IMAGES_IN_A_ROW = 16


def load_data():
    """Returns training and held-out digits, in [0, 1] for a Bernoulli output."""
    if FLAGS.data == "digits":
        (train, _), (held_out, _) = rlgen.datasets.digits()
    else:
        (train, _), (held_out, _) = rlgen.datasets.mnist(FLAGS.mnist)
    return (train + 1.0) / 2.0, (held_out + 1.0) / 2.0


def make_model(kind, seed, image_shape):
    latent_dim = LATENT_DIM if kind == "normal" else (NUM_LATENTS, NUM_CODES)
    shape = (LATENT_DIM,) if kind == "normal" else latent_dim
    parameters = 2 * LATENT_DIM if kind == "normal" else NUM_LATENTS * NUM_CODES
    encoder = keras.Sequential(
        [
            layers.Input(image_shape),
            layers.Flatten(),
            layers.Dense(FLAGS.units, activation="relu"),
            layers.Dense(parameters),
        ]
    )
    decoder = keras.Sequential(
        [
            layers.Input(shape),
            layers.Flatten(),
            layers.Dense(FLAGS.units, activation="relu"),
            layers.Dense(int(np.prod(image_shape))),
            layers.Reshape(image_shape),
        ]
    )
    return rlgen.RLVAE(encoder, decoder, latent_dim, seed=seed)


def compile_model(model, row, steps_per_epoch):
    decay = keras.optimizers.schedules.CosineDecay(
        FLAGS.learning_rate, FLAGS.epochs * steps_per_epoch
    )
    options = {"num_samples": FLAGS.num_samples}
    if row in rlgen.baselines.NAMES:
        row, options["baseline"] = "score_function", row
    elif row == "gumbel_softmax":
        options["temperature"] = FLAGS.temperature
    model.compile(
        keras.optimizers.Adam(decay),
        estimator=rlgen.estimators.get(row, **options),
        num_importance_samples=1,
        steps_per_execution=steps_per_epoch,
    )


def train_model(kind, row, seed, train, held_out):
    """Returns a trained model, its scores, and its curve of epochs and bounds."""
    keras.utils.set_random_seed(seed)
    model = make_model(kind, seed, train.shape[1:])
    data = tf.data.Dataset.from_tensor_slices(train).cache()
    data = data.shuffle(len(train), seed=seed)
    data = data.batch(FLAGS.batch_size, drop_remainder=True).prefetch(1)
    compile_model(model, row, len(data))
    start, every = time.time(), min(10, FLAGS.epochs)
    history = model.fit(
        data,
        epochs=FLAGS.epochs,
        validation_data=(np.repeat(held_out, 8, axis=0),),
        validation_batch_size=8 * len(held_out),
        validation_freq=every,
        verbose=0,
    ).history
    # One latent per digit is a noisy estimate of the bound, so use many.
    repeated = np.repeat(held_out, FLAGS.draws, axis=0)
    results = model.evaluate(
        repeated, batch_size=8 * len(held_out), verbose=0, return_dict=True
    )
    scores = {
        "bound": results["elbo"],
        "reconstruction": -results["reconstruction_nll"],
        "kl": results["kl"],
    }
    if FLAGS.data == "digits":
        extract = rlgen.metrics.feature_extractor("digits")
        real, generated = (
            extract(2.0 * images - 1.0).numpy()
            for images in (held_out, model.generate(len(held_out), seed=seed))
        )
        scores["frechet"] = rlgen.metrics.frechet_distance(real, generated)
    print(
        f"seed {seed}, {kind}, {row}: bound {scores['bound']:.2f} nats on held-out "
        f"digits, {time.time() - start:.0f} s"
    )
    epochs = every * np.arange(1, len(history["val_elbo"]) + 1)
    return model, scores, (epochs, history["val_elbo"])


def summary(scores, reference):
    """Returns, for each row, its mean over seeds and the distance from the best."""
    means = {row: np.mean([s["bound"] for s in seeds]) for row, seeds in scores.items()}
    best = means[reference] if reference else max(means.values())
    return {
        row: {
            **{key: np.mean([s[key] for s in seeds]) for key in seeds[0]},
            "percent_below": 100.0 * (best - means[row]) / abs(best),
        }
        for row, seeds in scores.items()
    }


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    train, held_out = load_data()
    shown = held_out[:IMAGES_IN_A_ROW]
    reconstructions, samples = [shown], [shown]
    record, reports, curves = {}, {}, {}
    compared = {"normal": FLAGS.normal, "categorical": FLAGS.categorical}
    compared = {kind: rows for kind, rows in compared.items() if rows}
    for kind, rows in compared.items():
        record[kind], curves[kind] = {row: [] for row in rows}, {}
        for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
            for row in rows:
                model, scores, curve = train_model(kind, row, seed, train, held_out)
                record[kind][row].append(scores)
                if seed > FLAGS.seed:
                    continue
                curves[kind][row] = curve
                reconstructions.append(model.reconstruct(shown).numpy())
                samples.append(model.generate(IMAGES_IN_A_ROW, seed=0))
                if row == rows[0]:
                    reports[kind] = model.gradient_report(
                        train[:128],
                        estimators=None if kind == "normal" else rows,
                        num_repeats=FLAGS.repeats,
                        seed=seed,
                    )
        rlgen.callbacks.write_curves(
            output / f"curves_{kind}.png", curves[kind], "epoch", "held-out bound, nats"
        )
    for name, rows in (("reconstructions", reconstructions), ("samples", samples)):
        rlgen.callbacks.write_image_grid(
            output / f"{name}.png", np.concatenate(rows), columns=IMAGES_IN_A_ROW
        )
    tables = {
        kind: summary(record[kind], rows[0] if kind == "normal" else None)
        for kind, rows in compared.items()
    }
    results = {"seeds": record, "means": tables, "gradients": reports}
    (output / "scores.json").write_text(json.dumps(results, indent=2, default=float))
    for kind in tables:
        print(f"\n{kind} latents, held-out digits, mean of {FLAGS.seeds} seeds:\n")
        print(rlgen.callbacks.format_table(tables[kind]))
        print(f"\nThe encoder's gradient, {kind} latents:\n")
        print(rlgen.callbacks.format_table(reports[kind]))
    print(f"\nPictures and scores are in {output}/")


if __name__ == "__main__":
    app.run(main)
