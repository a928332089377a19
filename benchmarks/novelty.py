"""Success with and without novelty, where the only reward is at the end.

    python -m benchmarks.novelty --seeds=5

Trains the agents of `recipes.novelty_exploration` with equal numbers of environment
steps: on the mountain car with a 0/1 reward and on the key-door grid with no novelty,
random network distillation, a VAE and counts; and on the mountain car with a screen of
noise (--noise numbers). Prints a Markdown table: the fraction of the training episodes
of the last epoch, the last twentieth of the steps, that reached the goal, its mean over
seeds with a 95% confidence interval (Student's t) and every seed; the environment steps
to the first epoch in which half of the episodes did; and the fraction of the last
epoch's steps that looked at the screen. Results are stored in
--output, and finished runs are skipped.
"""

import gc
import json
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from scipy import stats

from recipes import novelty_exploration

FLAGS = flags.FLAGS
flags.DEFINE_list(
    "tasks", ["mountain_car", "key_door", "mountain_car_screen"], "Which tasks."
)
# `seeds`, `steps`, `novelty`, `noise` and `output` are the recipe's.
SCREEN = "_screen"


def run(task, kind, seed):
    """Returns the result of one agent, from its file if it exists."""
    path = pathlib.Path(FLAGS.output, f"{task}_{kind}_{FLAGS.steps}_{seed}.json")
    if not path.exists():
        start = time.time()
        noise = FLAGS.noise if task.endswith(SCREEN) else 0
        result = novelty_exploration.run(
            task.removesuffix(SCREEN), kind, noise, FLAGS.steps, seed
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result) + "\n")
        seconds = time.time() - start
        print(
            f"{task}, {kind}, {seed}: {result['success'][-1]:.2f}, {seconds:.0f} s",
            flush=True,
        )
        keras.backend.clear_session()
        gc.collect()
    return json.loads(path.read_text())


def steps_to_half(result):
    """Returns the environment steps, or `None` if it was never reached."""
    pairs = zip(result["steps"], result["success"], strict=True)
    return next((steps for steps, success in pairs if success >= 0.5), None)


def interval(values):
    half = stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
    mean = np.mean(values)
    low, high = max(mean - half, 0.0), min(mean + half, 1.0)
    return f"{mean:.2f} ({low:.2f} to {high:.2f})"


def row(task, kind, results):
    """Returns a line of the table, from the results of every seed."""
    success = [result["success"][-1] for result in results]
    to_half = [steps_to_half(result) for result in results]
    looking = [value for result in results for value in result["looking"][-1:]]
    cells = [
        task,
        kind,
        interval(success),
        ", ".join(f"{value:.2f}" for value in success),
        ", ".join("-" if steps is None else f"{steps:,.0f}" for steps in to_half),
        ", ".join(f"{value:.2f}" for value in looking),
    ]
    return f"| {' | '.join(cells)} |"


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    results = {(task, kind): [] for task in FLAGS.tasks for kind in FLAGS.novelty}
    for seed in range(FLAGS.seeds):
        for (task, kind), seeds in results.items():
            seeds.append(run(task, kind, seed))
    print(
        "\n| task | novelty | success, mean (95%) | seeds | steps to half | looking |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for (task, kind), seeds in results.items():
        print(row(task, kind, seeds))


if __name__ == "__main__":
    FLAGS.set_default("seeds", 5)
    FLAGS.set_default("noise", 4)
    FLAGS.set_default("output", "outputs/novelty")
    app.run(main)
