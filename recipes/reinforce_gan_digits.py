"""Train a GAN on handwritten digits by reinforcement learning, with controls.

The generator gets no gradient of the discriminator: it samples each digit with
exploration noise, the discriminator's score is the reward, and the policy gradient
trains it. It is compared with a plain GAN of the same networks, and with the same
training under a constant and under a shuffled reward, as controls.

    python -m recipes.reinforce_gan_digits

Writes to --output: `samples/` (a picture every ten epochs and an animation),
`real.png`, `reinforce_gan.png`, `gan.png`, `scores.json`,
`reinforce_gan.keras` and `saved_model/`.
"""

import json
import pathlib
import time

import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_integer("epochs", 120, "Passes over the 1,437 training digits.")
flags.DEFINE_integer("batch_size", 64, "Real digits per step.")
flags.DEFINE_integer("seed", 0, "Seed of weights, latents, noise and data order.")
flags.DEFINE_integer("seeds", 1, "Number of seeds to run, starting with --seed.")
flags.DEFINE_integer("samples_per_latent", 8, "Samples per latent to compare.")
flags.DEFINE_float("generator_rate", 1e-3, "The generator's learning rate.")
flags.DEFINE_float("discriminator_rate", 3e-4, "The discriminator's learning rate.")
flags.DEFINE_string("output", "outputs/reinforce_gan_digits", "Folder to write to.")

LATENT_DIM = 16
SCORES = ("frechet_distance", "kernel_distance", "precision", "recall")


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
        ],
        name="generator",
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
        ],
        name="discriminator",
    )


def compile_arguments():
    """Returns the arguments of `compile` for both models."""
    return {
        "generator_optimizer": keras.optimizers.Adam(FLAGS.generator_rate, beta_1=0.5),
        "discriminator_optimizer": keras.optimizers.Adam(
            FLAGS.discriminator_rate, beta_1=0.5
        ),
        "loss": rlgen.losses.NonSaturating(penalty=rlgen.losses.R1Penalty(0.1)),
        "metrics": [
            rlgen.metrics.FrechetDistance("digits"),
            rlgen.metrics.KernelDistance("digits"),
            rlgen.metrics.PrecisionRecall("digits"),
        ],
        "steps_per_execution": 23,
    }


def make_reinforce_gan(num_updates, seed):
    # The noise decays from 0.3 to 0.1 (pixels are in [-1, 1]) over the training.
    scale = keras.optimizers.schedules.ExponentialDecay(0.3, num_updates, 1 / 3)
    gan = rlgen.ReinforceGAN(
        make_generator(),
        make_discriminator(),
        latent_dim=LATENT_DIM,
        distribution=rlgen.distributions.Normal(scale),
        samples_per_latent=FLAGS.samples_per_latent,
        ema_momentum=0.99,
        seed=seed,
    )
    gan.compile(
        reward=rlgen.rewards.Discriminator("log_score"),
        baseline="rloo",
        **compile_arguments(),
    )
    return gan


def make_gan(seed):
    gan = rlgen.GAN(
        make_generator(),
        make_discriminator(),
        latent_dim=LATENT_DIM,
        ema_momentum=0.99,
        seed=seed,
    )
    gan.compile(**compile_arguments())
    return gan


def run(seed, output):
    """Trains everything for one seed; returns a dict from row to its scores."""
    (train, _), (held_out, _) = rlgen.datasets.digits()
    fit_arguments = {"batch_size": FLAGS.batch_size}
    num_updates = FLAGS.epochs * -(-len(train) // FLAGS.batch_size)

    keras.utils.set_random_seed(seed)
    reinforce_gan = make_reinforce_gan(num_updates, seed)
    controls = rlgen.callbacks.RewardControls(
        train,
        held_out,
        controls=("constant", "shuffled"),
        fit_arguments=fit_arguments,
        seed=seed,
        verbose=False,
    )
    monitor = rlgen.callbacks.SampleMonitor(output / "samples", every=10)
    print(f"seed {seed}: policy gradient, then the same under null rewards ...")
    start = time.time()
    history = reinforce_gan.fit(
        train,
        epochs=FLAGS.epochs,
        verbose=0,
        callbacks=[monitor, controls],
        **fit_arguments,
    ).history
    print(
        f"seed {seed}: reward log D(x) from {history['reward'][0]:.3f} to "
        f"{history['reward'][-1]:.3f} nats in {time.time() - start:.0f} s"
    )

    keras.utils.set_random_seed(seed)
    gan = make_gan(seed)
    print(f"seed {seed}: plain GAN ...")
    gan.fit(train, epochs=FLAGS.epochs, verbose=0, **fit_arguments)

    for name, samples in {
        "real": held_out[:36],
        "reinforce_gan": reinforce_gan.generate(36, seed=0),
        "gan": gan.generate(36, seed=0),
    }.items():
        rlgen.callbacks.write_image_grid(output / f"{name}.png", samples)
    reinforce_gan.save(output / "reinforce_gan.keras")
    reinforce_gan.export(output / "saved_model", verbose=False)
    return {
        "RL-trained GAN": controls.results["reward"],
        "plain GAN": gan.evaluate(held_out, verbose=0, return_dict=True),
        "constant-reward control": controls.results["constant"],
        "shuffled-reward control": controls.results["shuffled"],
    }


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    scores = {}
    for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
        for row, results in run(seed, output).items():
            row = row if FLAGS.seeds == 1 else f"{row}, seed {seed}"
            scores[row] = {key: results[key] for key in SCORES}
    (output / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
    print("\nOn the 360 held-out digits (distances: lower is better):\n")
    print(rlgen.callbacks.format_table(scores))
    print(f"\nPictures, scores, model and SavedModel are in {output}/")


if __name__ == "__main__":
    app.run(main)
