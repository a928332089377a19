"""Dyna-Q in the maze of Sutton & Barto, figure 8.2: steps of each episode.

    python -m benchmarks.dyna_maze

For each of --planning_steps, --runs independent tables learn from 50 episodes
(gamma 0.95, alpha 0.1, epsilon 0.1, all values 0 at first), in one graph. Prints a
Markdown table of the steps per episode, and writes them and `curves.png`, without the
first episode as in the book, to --output. An episode takes `near` steps where the mean
over runs is at most --near: the shortest way takes 14, and an epsilon of 0.1 makes it
longer.
"""

import pathlib
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import numpy as np
from absl import app, flags

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_list("planning_steps", "0,5,50", "Numbers of planning steps.")
flags.DEFINE_integer("runs", 30, "Independent runs of each.")
flags.DEFINE_integer("epochs", 50, "Episodes of each run.")
flags.DEFINE_integer("seed", 0, "Random seed.")
flags.DEFINE_float("near", 20.0, "Mean steps of an episode that is near-optimal.")
flags.DEFINE_string("output", "outputs/dyna_maze", "Folder to write to.")

ROWS = (
    ".......#G",
    "..#....#.",
    "S.#....#.",
    "..#......",
    ".....#...",
    ".........",
)
SHOWN = (1, 2, 3, 5, 10, 20, 25, 30, 50)


def learn(planning_steps):
    """Returns the steps of each episode `(epochs, runs)`, and seconds, of a learner."""
    maze = rlgen.environments.GridWorld(
        ROWS, max_episode_steps=20_000, step_reward=0.0, goal_reward=1.0
    )
    agent = rlgen.agents.DynaQ(
        maze, planning_steps, num_runs=FLAGS.runs, seed=FLAGS.seed
    )
    start = time.perf_counter()
    agent.fit(epochs=FLAGS.epochs, verbose=0)
    seconds = time.perf_counter() - start
    greedy = agent.evaluate(seed=0, verbose=0)["episode_length"]
    return agent.episode_lengths, greedy, seconds


def row(planning_steps, lengths, greedy, seconds):
    """Returns a line of the table."""
    means = lengths.mean(axis=1)
    near = np.flatnonzero(means <= FLAGS.near)
    cells = [
        str(planning_steps),
        *(f"{means[i - 1]:.1f}" for i in SHOWN if i <= len(means)),
        str(near[0] + 1) if len(near) else f"> {len(means)}",
        f"{means[len(means) // 2 :].mean():.1f}",
        f"{greedy:.1f}",
        f"{seconds:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def main(argv):
    del argv
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    shown = [f"episode {i}" for i in SHOWN if i <= FLAGS.epochs]
    last = ["first near-optimal", "second half", "greedy", "seconds"]
    header = ["planning steps", *shown, *last]
    print(f"| {' | '.join(header)} |\n|{' --- |' * len(header)}")
    curves, results = {}, {}
    for count in map(int, FLAGS.planning_steps):
        lengths, greedy, seconds = learn(count)
        print(row(count, lengths, greedy, seconds), flush=True)
        results[f"planning_steps_{count}"] = lengths
        episodes = np.arange(2, len(lengths) + 1)
        curves[f"{count} planning steps"] = episodes, lengths[1:].mean(axis=1)
    np.savez(output / "lengths.npz", **results)
    rlgen.callbacks.write_curves(
        output / "curves.png", curves, "episode", "steps per episode"
    )
    print(f"written to {output}: lengths.npz, curves.png")


if __name__ == "__main__":
    app.run(main)
