"""Train a GAN on handwritten digits by a reward that has no gradient, with controls.

The reward is 1 for a digit with a hole, as 0, 6, 8 and 9 have, counted by SciPy. No
gradient passes through a count, so a plain GAN cannot maximise it. `ReinforceGAN` can:
the policy gradient of sampled digits maximises the discriminator's score plus this
reward. Beside it, with the same networks: a plain GAN, and two controls, whose reward
for a hole is shuffled between the digits or left out.

    python -m recipes.reinforce_gan_digits

Prints, every ten epochs, the share of generated digits with a hole and the Fréchet
distance from held-out digits. Writes to --output: `result.png` (digits side by side,
and the curves), `scores.json`, `rl_trained.keras` and `saved_model/`.
"""

import json
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers
from matplotlib.figure import Figure
from scipy import ndimage

import keras_rlgen as rlgen
from keras_rlgen import metrics, pictures

FLAGS = flags.FLAGS
flags.DEFINE_integer("epochs", 80, "Passes over the 1,437 training digits.")
flags.DEFINE_integer("batch_size", 64, "Real digits per step.")
flags.DEFINE_integer("seed", 0, "Seed of weights, latents, noise and data order.")
flags.DEFINE_integer("seeds", 1, "Number of seeds to run, starting with --seed.")
flags.DEFINE_float("hole_weight", 1.0, "Weight of the reward for a hole.")
flags.DEFINE_string("output", "outputs/reinforce_gan_digits", "Folder to write to.")

LATENT_DIM = 16
INK = -0.25  # Brighter pixels are ink. Of the real digits, 43 % then have a hole.
NEIGHBOURS = np.zeros((3, 3, 3))  # Of a pixel: four in its image, none in another.
NEIGHBOURS[1] = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]


def count_holes(images):
    """Counts the holes of each image `(batch, 8, 8, 1)`: paper with ink around it."""
    paper = np.pad(images[..., 0] <= INK, ((0, 0), (1, 1), (1, 1)), constant_values=1)
    regions, count = ndimage.label(paper, NEIGHBOURS)
    image_of_region = np.zeros(count + 1, int)
    image_of_region[regions] = np.arange(len(images))[:, None, None]
    # One region is the paper around the digit.
    return np.bincount(image_of_region[1:], minlength=len(images)) - 1


@keras.saving.register_keras_serializable("recipes")
class HasHole(rlgen.rewards.Reward):
    """1 for a digit with a hole, else 0."""

    def __init__(self, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.supports_jit = False  # XLA does not call Python.

    def call(self, samples, condition=None, training=None):
        holes = tf.numpy_function(count_holes, [samples], tf.int64)
        return tf.cast(tf.ensure_shape(holes, samples.shape[:1]) > 0, tf.float32)


def make_generator():
    return keras.Sequential(
        [
            layers.Input((LATENT_DIM,)),
            layers.Dense(128),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(128),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(64, activation="tanh"),
            layers.Reshape((8, 8, 1)),
        ]
    )


def make_discriminator():
    return keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(256),
            layers.LeakyReLU(0.2),
            layers.Dense(128),
            layers.LeakyReLU(0.2),
            layers.Dense(1),
        ]
    )


def make_gan(reward, num_updates, seed):
    """Returns a compiled `ReinforceGAN`, or a plain `GAN` if there is no reward."""
    networks = make_generator(), make_discriminator(), LATENT_DIM
    compile_arguments = {
        "generator_optimizer": keras.optimizers.Adam(1e-3, beta_1=0.5),
        "discriminator_optimizer": keras.optimizers.Adam(3e-4, beta_1=0.5),
        "loss": rlgen.losses.NonSaturating(penalty=rlgen.losses.R1Penalty(0.1)),
        "steps_per_execution": 23,
    }
    if reward is None:
        gan = rlgen.GAN(*networks, ema_momentum=0.99, seed=seed)
        gan.compile(**compile_arguments)
        return gan
    # The noise decays from 0.3 to 0.1 (pixels are in [-1, 1]) over the training.
    scale = keras.optimizers.schedules.ExponentialDecay(0.3, num_updates, 1 / 3)
    gan = rlgen.ReinforceGAN(
        *networks,
        distribution=rlgen.distributions.Normal(scale),
        samples_per_latent=8,
        ema_momentum=0.99,
        seed=seed,
    )
    gan.compile(reward=reward, baseline="rloo", **compile_arguments)
    return gan


def make_rewards(seed):
    """Returns a dict from row to the reward to maximise."""
    hole = FLAGS.hole_weight * HasHole()
    shuffled = FLAGS.hole_weight * rlgen.rewards.Shuffled(HasHole(), seed)
    return {
        "plain GAN": None,
        "RL-trained": rlgen.rewards.Discriminator() + hole,
        "control: reward shuffled": rlgen.rewards.Discriminator() + shuffled,
        "control: no reward": rlgen.rewards.Discriminator(),
    }


def score(samples, held_out):
    """Returns the scores of 360 digits beside the 360 that are held out."""
    extract = metrics.feature_extractor("digits")
    real, made = (extract(x).numpy() for x in (held_out, samples))
    with_hole = real[count_holes(held_out) > 0]
    precision, recall = metrics.precision_recall(real, made)
    return {
        "with_hole": float(np.mean(count_holes(samples) > 0)),
        "frechet_distance": metrics.frechet_distance(real, made),
        "frechet_to_holes": metrics.frechet_distance(with_hole, made),
        "precision": precision,
        "recall": recall,
    }


class Progress(keras.callbacks.Callback):
    """Prints the scores of the generator, and the estimated time left."""

    def __init__(self, title, held_out):
        super().__init__()
        self.title = title
        self.held_out = held_out
        self.curve = {}

    def on_train_begin(self, logs=None):
        self.start = time.time()

    def on_epoch_end(self, epoch, logs=None):
        done, epochs = epoch + 1, self.params["epochs"]
        if done % 10 and done != epochs:
            return
        scores = score(self.model.generate(len(self.held_out), seed=0), self.held_out)
        self.curve[done] = scores
        left = (time.time() - self.start) / done * (epochs - done)
        print(
            f"{self.title}: epoch {done:3d} of {epochs}, "
            f"with a hole {100 * scores['with_hole']:3.0f} %, "
            f"Frechet distance {scores['frechet_distance']:5.1f}, {left:3.0f} s left",
            flush=True,
        )


def run(seed, output):
    """Trains everything for one seed; returns a dict from row to its scores."""
    (train, _), (held_out, _) = rlgen.datasets.digits()
    num_updates = FLAGS.epochs * -(-len(train) // FLAGS.batch_size)
    scores = {"real": score(train[: len(held_out)], held_out)}
    samples, curves = {"real": held_out}, {}
    rows = make_rewards(seed)
    for number, (row, reward) in enumerate(rows.items(), start=1):
        keras.utils.set_random_seed(seed)
        gan = make_gan(reward, num_updates, seed)
        progress = Progress(f"{number}/{len(rows)} {row}", held_out)
        gan.fit(
            train,
            batch_size=FLAGS.batch_size,
            epochs=FLAGS.epochs,
            verbose=0,
            callbacks=[progress],
        )
        samples[row] = gan.generate(len(held_out), seed=0)
        scores[row] = score(samples[row], held_out)
        curves[row] = progress.curve
        if row == "RL-trained":
            gan.save(output / "rl_trained.keras")
            gan.export(output / "saved_model", verbose=False)
    write_result(output / "result.png", samples, scores, curves)
    return scores


def write_result(path, samples, scores, curves):
    """Draws 36 digits of each row side by side, and the curves below."""
    figure = Figure(figsize=(3 * len(samples), 6.5), dpi=80, layout="constrained")
    grids, plots = figure.subfigures(2, 1, height_ratios=(1, 1))
    panels = grids.subplots(1, len(samples))
    for panel, (row, images) in zip(panels, samples.items(), strict=True):
        panel.imshow(pictures.image_grid(images[:36], scale=4))
        share = float(np.mean(count_holes(images) > 0))
        panel.set_title(f"{row}\n{100 * share:.0f} % with a hole")
        panel.set_axis_off()
    labels = {
        "with_hole": "share with a hole",
        "frechet_distance": "Fréchet distance",
        "recall": "recall",
    }
    for panel, (key, label) in zip(plots.subplots(1, 3), labels.items(), strict=True):
        for row, curve in curves.items():
            panel.plot(list(curve), [s[key] for s in curve.values()], label=row)
        panel.axhline(scores["real"][key], color="0.5", linestyle=":", label="real")
        panel.set(xlabel="epoch", title=label)
        panel.set_ylim(bottom=0)
        panel.grid(alpha=0.3)
    panel.legend(fontsize="small")
    figure.savefig(path)


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    print("The metrics' digit classifier is loaded, or trained in the first run.")
    metrics.feature_extractor("digits")
    scores = {}
    for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
        scores[seed] = run(seed, output)
        (output / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
        print(f"\nSeed {seed}, 360 digits beside the 360 held-out ones:\n")
        print(pictures.format_table(scores[seed]) + "\n", flush=True)
    print(f"Digits and curves: {output}/result.png")


if __name__ == "__main__":
    app.run(main)
