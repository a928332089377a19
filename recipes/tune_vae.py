"""Search the hyper-parameters of a VAE or a GAN with KerasTuner.

    pip install "keras_rlgen[tuning]"
    python -m recipes.tune_vae
    python -m recipes.tune_vae --model=gan

A function makes a compiled model from hyper-parameters, and KerasTuner trains one for
each trial: nothing of this package is written for it. The objective is what `fit` logs
in validation: the negative evidence lower bound of held-out digits (VAE), or the
Fréchet distance from them (GAN).

The best hyper-parameters of one seed may be luck: the best and the worst trial are
therefore trained again from another seed. Writes to --output: `trials.png` (the
objective of each trial against its learning rate), `best.keras`, `scores.json`, and
KerasTuner's own folder, from which a search that was stopped continues.
"""

import json
import pathlib

import keras
import keras_tuner
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_enum("model", "vae", ["vae", "gan"], "What to tune.")
flags.DEFINE_integer("trials", 8, "Sets of hyper-parameters to try.")
flags.DEFINE_integer("epochs", None, "Of a trial: 20 (VAE), 40 (GAN).")
flags.DEFINE_integer("seed", 0, "Seed of the search and of the weights of its trials.")
flags.DEFINE_string("output", "outputs/tune_vae", "Folder to write to.")


def mlp(inputs, units, outputs, shape=None):
    return keras.Sequential(
        [
            layers.Input(inputs),
            layers.Flatten(),
            layers.Dense(units, activation="relu"),
            layers.Dense(outputs),
            layers.Reshape(shape or (outputs,)),
        ]
    )


def learning_rate(hp):
    return hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")


def make_vae(hp):
    units = hp.Choice("units", [32, 64, 128, 256])
    latent_dim = hp.Choice("latent_dim", [2, 4, 8, 16])
    vae = rlgen.VAE(
        mlp((8, 8, 1), units, 2 * latent_dim),
        mlp((latent_dim,), units, 64, (8, 8, 1)),
        latent_dim,
        distribution=rlgen.distributions.DiscretizedLogistic(17),
    )
    vae.compile(keras.optimizers.Adam(learning_rate(hp)), steps_per_execution=12)
    return vae


def make_gan(hp):
    units = hp.Choice("units", [32, 64, 128, 256])
    generator = mlp((16,), units, 64, (8, 8, 1))
    generator.add(layers.Activation("tanh"))
    gan = rlgen.GAN(generator, mlp((8, 8, 1), units, 1), 16, ema_momentum=0.99)
    rate = learning_rate(hp)
    ratio = hp.Float("rate_ratio", 0.1, 1.0, sampling="log")  # Discriminator's, to it.
    gan.compile(
        keras.optimizers.Adam(rate, beta_1=0.5),
        keras.optimizers.Adam(ratio * rate, beta_1=0.5),
        loss="non_saturating",
        metrics=[rlgen.metrics.FrechetDistance("digits")],
        steps_per_execution=12,
    )
    return gan


MODELS = {  # How it is made, the objective, and the epochs.
    "vae": (make_vae, keras_tuner.Objective("val_loss", "min"), 20),
    "gan": (make_gan, keras_tuner.Objective("val_frechet_distance", "min"), 40),
}


def fit_arguments():
    """Returns the arguments of `fit`, and thereby of KerasTuner's `search`."""
    epochs = FLAGS.epochs or MODELS[FLAGS.model][2]
    (train, _), (held_out, _) = rlgen.datasets.digits()
    return {
        "x": train,
        "validation_data": held_out,
        "epochs": epochs,
        "batch_size": 128,
        "verbose": 0,
    }


def again(make, hp, seed, objective):
    """Trains a model with these hyper-parameters from another seed."""
    keras.utils.set_random_seed(seed)
    model = make(hp)
    history = model.fit(**{**fit_arguments(), "verbose": 0}).history
    best = np.nanmin if objective.direction == "min" else np.nanmax
    return model, float(best(history[objective.name]))


def write_trials(path, trials, objective):
    """Draws the objective of each trial against its learning rate."""
    figure = Figure(figsize=(6, 4), dpi=100, layout="tight")
    axes = figure.add_subplot()
    rates, units = (
        [trial.hyperparameters.get(name) for trial in trials]
        for name in ("learning_rate", "units")
    )
    points = axes.scatter(rates, [t.score for t in trials], c=np.log2(units))
    figure.colorbar(points, label="log2 of the units")
    axes.set(xscale="log", xlabel="learning rate", ylabel=objective.name)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.3)
    figure.savefig(path)


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    make, objective, _ = MODELS[FLAGS.model]
    tuner = keras_tuner.RandomSearch(
        make,
        objective,
        max_trials=FLAGS.trials,
        seed=FLAGS.seed,
        directory=output,
        project_name=FLAGS.model,
    )
    tuner.search(**fit_arguments())
    trials = tuner.oracle.get_best_trials(FLAGS.trials)
    write_trials(output / "trials.png", trials, objective)
    best, score = again(make, trials[0].hyperparameters, FLAGS.seed + 1, objective)
    _, worst = again(make, trials[-1].hyperparameters, FLAGS.seed + 1, objective)
    best.save(output / "best.keras")
    rows = {
        "best": {"searched": trials[0].score, "another_seed": score},
        "worst": {"searched": trials[-1].score, "another_seed": worst},
    }
    print(f"\n{objective.name} ({objective.direction}):\n")
    print(rlgen.pictures.format_table(rows))
    print(f"\nBest: {trials[0].hyperparameters.values}\nFiles are in {output}/")
    record = {"best": trials[0].hyperparameters.values, "scores": rows}
    (output / "scores.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    app.run(main)
