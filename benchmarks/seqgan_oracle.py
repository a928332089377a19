"""Sequence generators against SeqGAN's oracle: likelihood, rewards, discriminators.

    python -m benchmarks.seqgan_oracle --oracle=seqgan_oracle.npz --part=likelihood
    python -m benchmarks.seqgan_oracle --oracle=seqgan_oracle.npz --part=temperatures
    python -m benchmarks.seqgan_oracle --oracle=seqgan_oracle.npz --part=rewards
    python -m benchmarks.seqgan_oracle --oracle=seqgan_oracle.npz --part=adversarial
    python -m benchmarks.seqgan_oracle --part=table

The oracle is an LSTM with fixed random weights, whose sequences are the data. Its own
likelihood of generated sequences (NLL_oracle) measures their quality, the generator's
of held-out data (NLL_gen) their diversity, both in nats per token. Generators trained
by likelihood, to the end and with early stopping, are sampled at several temperatures;
those trained by rewards and by discriminators start from them, where early stopping
left them or, with `--start=final --rate=1e-2` as published, where training ended.
Prints a Markdown table of the mean and the range of the seeds. Finished runs are
stored in --output and skipped.
"""

import json
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from keras_rlgen.evaluation import QualityDiversityTable, token_nll
from recipes.seqgan_oracle import (
    make_generator,
    make_oracle,
    train_adversarially,
    train_by_reward,
)

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "part",
    "table",
    ["likelihood", "temperatures", "rewards", "adversarial", "table"],
    "What to run.",
)
flags.DEFINE_enum("start", "early", ["early", "final"], "Where the others start from.")
flags.DEFINE_list("arms", [], "Rewards or credits to run; all by default.")
FLAGS.set_default("epochs", 60)
FLAGS.set_default("updates", 200)
FLAGS.set_default("discriminator_steps", 2)
FLAGS.set_default("warmup_steps", 300)
FLAGS.set_default("discriminator_rate", 5e-4)
FLAGS.set_default("output", "outputs/seqgan_oracle_benchmark")
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_integer("seeds", 3, "Number of seeds.")

TEMPERATURES = 1.1, 1.0, 0.9, 0.8, 0.7, 0.5, 0.4
NUM_SEQUENCES = 10_000
NUM_WATCHED = 1_000  # Held-out sequences at the end of an epoch.


def data_of(oracle):
    """Returns training sequences and held-out ones."""
    return oracle.generate(NUM_SEQUENCES, seed=1), oracle.generate(
        NUM_SEQUENCES, seed=2
    )


def figures(model, oracle, held_out, temperature=1.0):
    """Returns NLL_oracle, NLL_gen and the number of distinct tokens."""
    samples = model.generate(len(held_out), seed=3, temperature=temperature)
    return {
        "nll_oracle": token_nll(oracle, samples),
        "nll_gen": token_nll(model, held_out, temperature),
        "distinct": int(len(np.unique(samples))),
    }


class EachEpoch(keras.callbacks.Callback):
    """Saves the weights with the best NLL_gen, and the figures of every epoch."""

    def __init__(self, oracle, held_out, path):
        super().__init__()
        self.oracle, self.held_out, self.path = oracle, held_out, path
        self.rows = []

    def on_epoch_end(self, epoch, logs=None):
        row = {"epoch": epoch + 1, "loss": float(logs["loss"])}
        row |= figures(self.model, self.oracle, self.held_out)
        if all(row["nll_gen"] < other["nll_gen"] for other in self.rows):
            self.model.save_weights(self.path)
        self.rows.append(row)
        print(row, flush=True)


def run_likelihood(seed, oracle, folder):
    path = folder / f"likelihood_{seed}.json"
    if path.exists():
        return
    data, held_out = data_of(oracle)
    keras.utils.set_random_seed(seed)
    model = make_generator(seed)
    model.compile(keras.optimizers.Adam(1e-2, clipnorm=5.0))
    monitor = EachEpoch(
        oracle, held_out[:NUM_WATCHED], folder / f"early_{seed}.weights.h5"
    )
    began = time.time()
    model.fit(data, batch_size=64, epochs=FLAGS.epochs, verbose=0, callbacks=[monitor])
    model.save_weights(folder / f"final_{seed}.weights.h5")
    result = {"rows": monitor.rows, "seconds": time.time() - began}
    path.write_text(json.dumps(result))


def start_of(seed, which, folder):
    """Returns the generator that likelihood training left, `early` or `final`."""
    model = make_generator(seed)
    model.load_weights(folder / f"{which}_{seed}.weights.h5")
    return model


def uniform(low, high):
    """Returns a reward that is a random number."""

    def reward(samples):
        return tf.random.uniform(tf.shape(samples)[:1], low, high)

    return rlgen.rewards.FunctionReward(reward)


REWARDS = {
    "constant reward": lambda: rlgen.rewards.Constant(1.0),
    "random reward, 0 to 1": lambda: uniform(0.0, 1.0),
    "random reward, -1 to 1": lambda: uniform(-1.0, 1.0),
}
ADVERSARIAL = {
    "rollouts without baseline": lambda: (
        rlgen.credit.Rollout(4, baseline="none"),
        0.0,
    ),
    "rollouts": lambda: (rlgen.credit.Rollout(4), 0.0),
    "rollouts and likelihood": lambda: (rlgen.credit.Rollout(4), 1.0),
    "critic": lambda: (rlgen.credit.Critic(), 0.0),
    "critic and likelihood": lambda: (rlgen.credit.Critic(), 1.0),
    "per step": lambda: (rlgen.credit.PerStep(), 0.0),
    "per step and likelihood": lambda: (rlgen.credit.PerStep(), 1.0),
}


def run_arm(name, seed, oracle, folder):
    path = folder / f"{FLAGS.start}_{name.replace(' ', '_')}_{seed}.json"
    early = folder / f"{FLAGS.start}_{seed}.weights.h5"
    if path.exists() or not early.exists():
        return
    data, held_out = data_of(oracle)
    keras.utils.set_random_seed(seed)
    FLAGS.seed = seed
    model = start_of(seed, FLAGS.start, folder)
    began, accuracy = time.time(), None
    if name in REWARDS:
        trained = train_by_reward(model, REWARDS[name]()).generator
    else:
        gan, history = train_adversarially(
            model, data, held_out, oracle, *ADVERSARIAL[name]()
        )
        names = "discriminator_accuracy_real", "discriminator_accuracy_generated"
        accuracy = {
            "training": float(np.mean([history[n][-1] for n in names])),
            "held_out": float(np.mean([history[f"val_{n}"][-1] for n in names])),
        }
        trained = gan.generator
    seconds = time.time() - began
    result = {str(t): figures(trained, oracle, held_out, t) for t in (1.0, 0.9)}
    result |= {"seconds": seconds, "accuracy": accuracy}
    path.write_text(json.dumps(result))
    print(name, seed, result, flush=True)


def run_sweep(which, seed, oracle, folder):
    """Samples a generator trained by likelihood at several temperatures."""
    path = folder / f"sweep_{which}_{seed}.json"
    if path.exists() or not (folder / f"{which}_{seed}.weights.h5").exists():
        return
    _, held_out = data_of(oracle)
    model = start_of(seed, which, folder)
    rows = {str(t): figures(model, oracle, held_out, t) for t in TEMPERATURES}
    path.write_text(json.dumps(rows))
    print(which, seed, rows, flush=True)


def stored(pattern, folder):
    """Returns what the runs stored, a dict from seeds."""
    found = {}
    for path in sorted(folder.glob(f"{pattern}_*.json")):
        seed = path.stem.removeprefix(f"{pattern}_")
        if seed.isdecimal():
            found[int(seed)] = json.loads(path.read_text())
    return found


def cell(values, digits=2):
    """Returns the mean, with the range of several."""
    low, high = (f"{v:.{digits}f}" for v in (min(values), max(values)))
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ({low} to {high})"


def write_table(folder, picture):
    """Prints the table of all stored runs; draws their frontiers."""
    runs, names = {}, {"early": "early stopped", "final": "all epochs"}
    for which, name in names.items():
        runs[f"likelihood, {name}"] = stored(f"sweep_{which}", folder)
    for which, name in names.items():
        for arm in (*REWARDS, *ADVERSARIAL):
            found = stored(f"{which}_{arm.replace(' ', '_')}", folder)
            runs[f"{arm}, {name}"] = found
    rows = [
        {"model": name, "seed": seed, "temperature": float(temperature), "figures": f}
        | {"quality": f["nll_oracle"], "diversity": f["nll_gen"], "distinct_2": 0.0}
        for name, of_seeds in runs.items()
        for seed, run in of_seeds.items()
        for temperature, f in run.items()
        if temperature not in ("seconds", "accuracy")
    ]
    table = QualityDiversityTable(rows, "NLL_oracle", "NLL_gen", False)
    baseline = table.models[0]
    heads = "training", "temperature", "NLL_oracle", "NLL_gen", "distinct tokens"
    heads = *heads, "nats better at equal diversity", "accuracy, training / held out"
    print(f"| {' | '.join(heads)} |\n{'| --- ' * len(heads)}|")
    for name in table.models:
        for temperature in dict.fromkeys(
            row["temperature"] for row in rows if row["model"] == name
        ):
            chosen = [
                row
                for row in rows
                if (row["model"], row["temperature"]) == (name, temperature)
            ]
            found = [row["figures"] for row in chosen]
            cells = [name, f"{temperature:g}"]
            cells += [
                cell([f[key] for f in found]) for key in ("nll_oracle", "nll_gen")
            ]
            cells.append(cell([f["distinct"] for f in found], 0))
            margin = accuracy = ""
            if name != baseline:
                try:
                    margin = cell(table.margin(name, baseline, temperature)["seeds"])
                except ValueError:  # No temperature of the baseline is as diverse.
                    margin = "-"
            of_runs = [run.get("accuracy") for run in runs[name].values()]
            if all(of_runs):
                accuracy = " / ".join(
                    f"{np.mean([a[key] for a in of_runs]):.2f}"
                    for key in ("training", "held_out")
                )
            print(f"| {' | '.join([*cells, margin, accuracy])} |")
    table.write_picture(picture, "SeqGAN's oracle")
    print(f"\nSeeds: { {name: sorted(of) for name, of in runs.items()} }; {picture}")


def main(argv):
    del argv
    folder = pathlib.Path(FLAGS.output)
    folder.mkdir(parents=True, exist_ok=True)
    if FLAGS.part == "table":
        write_table(folder, folder / "frontier.png")
        return
    oracle = make_oracle(FLAGS.oracle)
    for seed in range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds):
        if FLAGS.part == "likelihood":
            run_likelihood(seed, oracle, folder)
        if FLAGS.part == "temperatures":
            for which in "early", "final":
                run_sweep(which, seed, oracle, folder)
        for part, arms in {"rewards": REWARDS, "adversarial": ADVERSARIAL}.items():
            for name in arms if FLAGS.part == part else ():
                if not FLAGS.arms or name in FLAGS.arms:
                    run_arm(name, seed, oracle, folder)


if __name__ == "__main__":
    app.run(main)
