"""Which stability options a GAN needs: spectral normalisation, R1, averaging, rates.

    python -m benchmarks.gan_stability
    python -m benchmarks.gan_stability --model=reinforce_gan

Trains on digits with each option alone, with none and with all, and evaluates on the
held-out digits every twenty epochs: the discriminator's accuracy, the recall and the
Fréchet distance of the samples. Prints a Markdown table with every seed's figures.
Finished runs are stored in --output and skipped.
"""

import json
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
TRACED = {}  # The first model of each option.


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


def make_model(config):
    chosen, seed = OPTIONS[config["option"]], config["seed"]
    networks = make_generator(), make_discriminator("spectral" in chosen), LATENT_DIM
    average = config["ema_momentum"] if "average" in chosen else None
    if config["model"] == "gan":
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
    penalty = rlgen.losses.R1Penalty(config["r1_weight"]) if "r1" in chosen else None
    slow = "slow_discriminator" in chosen
    gan.compile(
        optimizer(config["rate"]),
        optimizer(config["slow_rate" if slow else "rate"]),
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


def fresh_model(config):
    """Returns a new model; of an option seen before its weights in the old one.

    So each option is traced once.
    """
    keras.utils.set_random_seed(config["seed"])
    gan = make_model(config)
    old = TRACED.setdefault(config["option"], gan)
    if old is gan:
        return gan
    for variable, value in zip(
        [*old.variables, *old.optimizer.variables],
        [*gan.variables, *gan.optimizer.variables],
        strict=True,
    ):
        variable.assign(value)
    return old


def train(config, folder):
    """Trains a model; writes the figures of all evaluations, returns their summary."""
    (images, _), (held_out, _) = rlgen.datasets.digits()
    gan = fresh_model(config)
    figures = {"accuracy": [], "recall": [], "frechet_distance": []}
    for epoch in range(0, config["epochs"], config["every"]):
        gan.fit(
            images,
            batch_size=BATCH_SIZE,
            initial_epoch=epoch,
            epochs=epoch + config["every"],
            verbose=0,
        )
        results = gan.evaluate(held_out, batch_size=360, verbose=0, return_dict=True)
        accuracies = (
            results[f"discriminator_accuracy_{kind}"] for kind in ("real", "generated")
        )
        figures["accuracy"].append(statistics.mean(map(float, accuracies)))
        figures["recall"].append(float(results["recall"]))
        figures["frechet_distance"].append(float(results["frechet_distance"]))
    (folder / "figures.json").write_text(json.dumps(figures) + "\n")
    return summary(figures)


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
    settings = "model", "epochs", "every", "rate", "slow_rate", "r1_weight"
    sweep = rlgen.tuning.Sweep(
        train,
        FLAGS.output,
        {"seed": seeds, "option": list(OPTIONS)},
        {name: FLAGS[name].value for name in (*settings, "ema_momentum")}
        | {"seed": 0, "option": "none"},
    )
    sweep.run()
    print(f"\n| {FLAGS.model} | " + " | ".join(FORMATS) + " |")
    print("| --- |" + " --- |" * len(FORMATS))
    for option in OPTIONS:
        runs = [r for r in sweep.runs if r.config["option"] == option and r.result]
        if not runs:
            continue
        cells = []
        for name, form in FORMATS.items():
            values = [run.result[name] for run in runs]
            median = form.format(statistics.median(values))
            cells.append(f"{median} ({', '.join(map(form.format, values))})")
        print(f"| {option} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    app.run(main)
