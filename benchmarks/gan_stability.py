"""Which stability options a GAN needs: spectral normalisation, R1, averaging, rates.

    python -m benchmarks.gan_stability
    python -m benchmarks.gan_stability --model=reinforce_gan

Trains on digits with each option alone, with none and with all, and evaluates on the
held-out digits every twenty epochs: the discriminator's accuracy, the recall and the
Fréchet distance of the samples. Prints a Markdown table with every seed's figures.
Finished runs are stored in --output and skipped.
"""

import json
import pathlib
import statistics

import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_enum("model", "gan", ["gan", "reinforce_gan"], "What is trained.")
flags.DEFINE_integer("epochs", 120, "Passes over the 1,437 training digits.")
flags.DEFINE_integer("every", 20, "Epochs between evaluations.")
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_integer("seeds", 5, "Number of seeds.")
flags.DEFINE_float("rate", 1e-3, "Learning rate of the networks.")
flags.DEFINE_float("slow_rate", 2.5e-4, "The discriminator's, of two time scales.")
flags.DEFINE_float("r1_weight", 0.1, "Weight of the R1 penalty.")
flags.DEFINE_float("ema_momentum", 0.99, "Momentum of the averaged generator.")
flags.DEFINE_string("output", "outputs/gan_stability", "Folder of the runs.")

LATENT_DIM, BATCH_SIZE = 16, 64
OPTIONS = {
    "none": (),
    "spectral normalisation": ("spectral",),
    "R1": ("r1",),
    "averaged generator": ("average",),
    "slower discriminator": ("slow_discriminator",),
    "all four": ("spectral", "r1", "average", "slow_discriminator"),
}


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


def make_discriminator(spectral):
    def dense(units):
        layer = layers.Dense(units)
        return layers.SpectralNormalization(layer) if spectral else layer

    return keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Flatten(),
            dense(256),
            layers.LeakyReLU(0.2),
            dense(128),
            layers.LeakyReLU(0.2),
            dense(1),
        ]
    )


def make_model(option, seed):
    chosen = OPTIONS[option]
    networks = make_generator(), make_discriminator("spectral" in chosen), LATENT_DIM
    average = FLAGS.ema_momentum if "average" in chosen else None
    if FLAGS.model == "gan":
        gan = rlgen.GAN(*networks, ema_momentum=average, seed=seed)
        arguments = {}
    else:
        gan = rlgen.ReinforceGAN(
            *networks,
            distribution=rlgen.distributions.Normal(0.15),
            samples_per_latent=4,
            ema_momentum=average,
            seed=seed,
        )
        arguments = {"reward": rlgen.rewards.Discriminator("log_score")}
    penalty = rlgen.losses.R1Penalty(FLAGS.r1_weight) if "r1" in chosen else None
    gan.compile(
        optimizer(FLAGS.rate),
        optimizer(FLAGS.slow_rate if "slow_discriminator" in chosen else FLAGS.rate),
        loss=rlgen.losses.NonSaturating(penalty=penalty),
        metrics=[
            rlgen.metrics.FrechetDistance("digits"),
            rlgen.metrics.PrecisionRecall("digits"),
        ],
        steps_per_execution=23,
        jit_compile=False,  # Compiling takes longer than it saves.
        **arguments,
    )
    return gan


def optimizer(rate):
    return keras.optimizers.Adam(rate, beta_1=0.5)


def fresh_model(option, seed, traced):
    """Returns a new model; of an option seen before its weights in the old one.

    So each option is traced once.
    """
    keras.utils.set_random_seed(seed)
    gan = make_model(option, seed)
    if option not in traced:
        traced[option] = gan
        return gan
    old = traced[option]
    for variable, value in zip(
        [*old.variables, *old.optimizer.variables],
        [*gan.variables, *gan.optimizer.variables],
        strict=True,
    ):
        variable.assign(value)
    return old


def run(option, seed, traced):
    """Returns the figures of all evaluations, from a file if it exists."""
    name = f"{FLAGS.model}_{option.replace(' ', '_')}_{seed}.json"
    path = pathlib.Path(FLAGS.output, name)
    if path.exists():
        return json.loads(path.read_text())
    (train, _), (held_out, _) = rlgen.datasets.digits()
    gan = fresh_model(option, seed, traced)
    figures = {"accuracy": [], "recall": [], "frechet_distance": []}
    for epoch in range(0, FLAGS.epochs, FLAGS.every):
        gan.fit(
            train,
            batch_size=BATCH_SIZE,
            initial_epoch=epoch,
            epochs=epoch + FLAGS.every,
            verbose=0,
        )
        results = gan.evaluate(held_out, batch_size=360, verbose=0, return_dict=True)
        accuracies = (
            results[f"discriminator_accuracy_{kind}"] for kind in ("real", "generated")
        )
        figures["accuracy"].append(statistics.mean(map(float, accuracies)))
        figures["recall"].append(float(results["recall"]))
        figures["frechet_distance"].append(float(results["frechet_distance"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures) + "\n")
    return figures


def summary(figures):
    """Returns the figures of the table; the end is the mean of two evaluations."""
    end = {name: statistics.mean(values[-2:]) for name, values in figures.items()}
    best = min(figures["frechet_distance"])
    return {
        "accuracy": end["accuracy"],
        "recall": end["recall"],
        "best recall": max(figures["recall"]),
        "distance": end["frechet_distance"],
        "best distance": best,
        "ratio": end["frechet_distance"] / best,
        "saturated": statistics.mean(a > 0.95 for a in figures["accuracy"]),
    }


FORMATS = {
    "accuracy": "{:.2f}",
    "recall": "{:.2f}",
    "best recall": "{:.2f}",
    "distance": "{:.1f}",
    "best distance": "{:.1f}",
    "ratio": "{:.2f}",
    "saturated": "{:.0%}",
}


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    seeds = range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds)
    results, traced = {option: [] for option in OPTIONS}, {}
    for seed in seeds:
        for option in OPTIONS:
            results[option].append(summary(run(option, seed, traced)))
            print(f"seed {seed}, {option}: {results[option][-1]}", flush=True)
    print(f"\n| {FLAGS.model} | " + " | ".join(FORMATS) + " |")
    print("| --- |" + " --- |" * len(FORMATS))
    for option, runs in results.items():
        cells = []
        for name, form in FORMATS.items():
            values = [figures[name] for figures in runs]
            median = form.format(statistics.median(values))
            cells.append(f"{median} ({', '.join(map(form.format, values))})")
        print(f"| {option} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    app.run(main)
