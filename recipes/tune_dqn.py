"""Search the hyper-parameters of a DQN with KerasTuner, and confirm them over seeds.

    pip install "keras_rlgen[agents,tuning]"
    python -m recipes.tune_dqn
    python -m recipes.tune_dqn --trials=20 --workers=4

A function makes a compiled agent from hyper-parameters, and KerasTuner trains one for
each trial: nothing of this package is written for it. The objective is the mean return
of the evaluation episodes that `fit` plays after each epoch, the best of all epochs.

The best trial of one seed may be luck. So the best and the worst trial, and the
defaults of the DQN, are trained again from other seeds, by a `Sweep`, and evaluated
once, at their end. Writes to --output: `trials.png` (the return of each trial against
its learning rate, and what the three reach from other seeds), `scores.json`,
KerasTuner's own folder and that of the sweep, from which what was stopped continues.
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
flags.DEFINE_integer("trials", 8, "Sets of hyper-parameters to try.")
flags.DEFINE_integer("epochs", 10, "Epochs of a trial and of a run.")
flags.DEFINE_integer("steps_per_epoch", 250, "Steps of each of the 8 environments.")
flags.DEFINE_integer("seeds", 5, "Seeds of the runs that confirm.")
flags.DEFINE_integer("workers", 1, "Runs at a time.")
flags.DEFINE_integer("seed", 0, "Seed of the search and of its trials.")
flags.DEFINE_string("output", "outputs/tune_dqn", "Folder to write to.")

DEFAULTS = {"units": 64, "learning_rate": 1e-3, "target_update_period": 200}
EPISODES = 100


def make_dqn(units, learning_rate, target_update_period):
    agent = rlgen.agents.DQN(
        keras.Sequential(
            [
                layers.Input((4,)),
                layers.Dense(units, activation="relu"),
                layers.Dense(2),
            ]
        ),
        rlgen.environments.CartPole(),
        num_environments=8,
        target_update_period=target_update_period,
    )
    agent.compile(keras.optimizers.Adam(learning_rate))
    return agent


def build(hp):
    """Returns the agent of a trial."""
    return make_dqn(
        hp.Choice("units", [32, 64, 128, 256]),
        hp.Float("learning_rate", 1e-4, 1e-2, sampling="log"),
        hp.Choice("target_update_period", [50, 200, 1000]),
    )


def train(config, folder):
    """Trains an agent from a seed, and returns the return of its last weights."""
    keras.utils.set_random_seed(config["seed"])
    agent = make_dqn(**config["hyperparameters"])
    agent.fit(config["epochs"], config["steps_per_epoch"], verbose=0)
    return {"mean_return": agent.evaluate(EPISODES, verbose=0)["mean_return"]}


def confirm(settings):
    """Trains named settings from other seeds; returns the table of the sweep."""
    first = FLAGS.seed + 1
    grid = {
        "name": list(settings),
        "seed": range(first, first + FLAGS.seeds),
        "epochs": [FLAGS.epochs],
        "steps_per_epoch": [FLAGS.steps_per_epoch],
    }
    grids = [
        {**grid, "name": [name], "hyperparameters": [values]}
        for name, values in settings.items()
    ]
    sweep = rlgen.tuning.Sweep(train, pathlib.Path(FLAGS.output, "sweep"), grids)
    sweep.run(workers=FLAGS.workers)
    return sweep


def write_picture(path, trials, settings, returns):
    """Draws the return of each trial, and those of the chosen ones from other seeds."""
    figure = Figure(figsize=(8, 4), dpi=100, layout="tight")
    left, right = figure.subplots(1, 2, sharey=True)
    rates, units = (
        [trial.hyperparameters.get(name) for trial in trials]
        for name in ("learning_rate", "units")
    )
    points = left.scatter(rates, [t.score for t in trials], c=np.log2(units))
    figure.colorbar(points, label="log2 of the units")
    left.set(xscale="log", xlabel="learning rate", ylabel="mean return")
    left.set_title("trials: best epoch, one seed")
    left.xaxis.set_minor_formatter(NullFormatter())
    for place, name in enumerate(settings):
        right.scatter([place] * len(returns[name]), returns[name], alpha=0.6)
    right.set_xticks(range(len(settings)), settings)
    right.set_title("other seeds: last weights")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(path)


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    tuner = keras_tuner.RandomSearch(
        build,
        keras_tuner.Objective("val_mean_return", "max"),
        max_trials=FLAGS.trials,
        seed=FLAGS.seed,
        directory=output,
        project_name="search",
    )
    tuner.search(
        epochs=FLAGS.epochs, steps_per_epoch=FLAGS.steps_per_epoch, validation_freq=1
    )
    trials = tuner.oracle.get_best_trials(FLAGS.trials)
    settings = {
        "best": trials[0].hyperparameters.values,
        "worst": trials[-1].hyperparameters.values,
        "defaults": DEFAULTS,
    }
    sweep = confirm(settings)
    returns = {
        name: [
            run.result["mean_return"]
            for run in sweep.runs
            if run.config["name"] == name and run.result
        ]
        for name in settings
    }
    write_picture(output / "trials.png", trials, settings, returns)
    print(f"\nBest of one seed: {trials[0].score:.1f}, worst {trials[-1].score:.1f}")
    print(f"Mean return over {EPISODES} episodes, from {FLAGS.seeds} other seeds:\n")
    print(sweep.table(over="seed"))
    print(f"\nBest: {settings['best']}\nFiles are in {output}/")
    record = {"settings": settings, "returns": returns}
    (output / "scores.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    app.run(main)
