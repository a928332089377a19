"""Returns of planning in a learned model, trial by trial.

    python -m benchmarks.planning_control

Runs the loop of `recipes.cem_control` for every task and seed: random steps, then
trials of one episode each, before each of which the ensemble is trained on all steps so
far. Rewards and ends are learned. A seed stops early where its returns are enough:

- `cart_pole`: three trials in a row of 200, the longest;
- `pendulum`: a mean of five trials of at least -200;
- `swing_up`: a mean of three trials of at least 800;
- `Reacher-v5`, a robot arm of MuJoCo: a mean of ten trials of at least -6.

Prints Markdown tables: the return of each trial, and the real steps to that end. Steps
of `swing_up` are those of 0.01 s, five for each decision. Results are stored in
--output, and finished runs are skipped.
"""

import json
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

from recipes import cem_control

FLAGS = flags.FLAGS
flags.DEFINE_list(
    "tasks", ["cart_pole", "pendulum", "swing_up", "Reacher-v5"], "Which tasks."
)
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_integer("seeds", 5, "Number of seeds.")
# `output` and the settings of the search are the recipe's.

MAX_TRIALS = {"cart_pole": 10, "pendulum": 19, "swing_up": 19, "Reacher-v5": 30}
ENOUGH = {
    "cart_pole": (3, 200.0),
    "pendulum": (5, -200.0),
    "swing_up": (3, 800.0),
    "Reacher-v5": (10, -6.0),
}
PETS = (41.0, 55.0, 116.0, 186.0, 200.0)  # mbrl-lib's notebook, one seed, from its plot


def enough(task, returns):
    """Returns whether the mean of the last trials has reached the task's target."""
    count, target = ENOUGH[task]
    return len(returns) >= count and np.mean(returns[-count:]) >= target


def run(task, seed):
    """Returns the result of one seed, from its file if it exists."""
    path = pathlib.Path(FLAGS.output, f"{task}_{seed}.json")
    if not path.exists():
        start = time.time()
        print(f"{task}, seed {seed}", flush=True)
        keras.utils.set_random_seed(seed)
        returns, steps, *_ = cem_control.run(
            cem_control.TASKS[task],
            seed,
            MAX_TRIALS[task],
            lambda returns: enough(task, returns),
        )
        result = {"returns": returns, "steps": steps, "seconds": time.time() - start}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result) + "\n")
        keras.backend.clear_session()
    return json.loads(path.read_text())


def table(task, results):
    """Returns the lines of a table, a row for each seed and one of medians."""
    lines = [
        "| seed | returns of the trials | real steps | minutes |",
        "| --- | --- | --- | --- |",
    ]
    steps = []
    for seed, result in results.items():
        reached = enough(task, result["returns"])
        steps.append(result["steps"][-1] if reached else np.inf)
        cells = [
            str(seed),
            listed(result["returns"]),
            f"{steps[-1]:,}" if reached else "not reached",
            f"{result['seconds'] / 60.0:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    medians = ""
    if task == "cart_pole":
        # A seed that has stopped counts with its last return, the longest.
        returns = [result["returns"] for result in results.values()]
        trials = max(map(len, returns))
        padded = [values + values[-1:] * (trials - len(values)) for values in returns]
        medians = listed(np.median(padded, axis=0))
    lines.append(f"| median | {medians} | {np.median(steps):,.0f} | |")
    if task == "cart_pole":
        lines.append(f"| PETS in mbrl-lib, about | {listed(PETS)} | | |")
    return lines


def listed(values):
    return ", ".join(f"{value:.0f}" for value in values)


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    for task in FLAGS.tasks:
        seeds = range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds)
        results = {seed: run(task, seed) for seed in seeds}
        print(f"\n{task}\n", *table(task, results), sep="\n", flush=True)


if __name__ == "__main__":
    FLAGS.set_default("output", "outputs/planning_control")
    app.run(main)
