"""The table of `recipes/dqn_digits.py`: real digits x what is added to them x seeds.

    python -m benchmarks.dqn_digits

Runs the recipe once for each number of real digits and seed, in a process of its own,
and prints a Markdown table of medians with every seed's figures. Finished runs are
stored in --output and skipped. Flags after `--` go to the recipe.
"""

import json
import pathlib
import statistics
import subprocess
import sys

from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_integer("seeds", 5, "Number of seeds.")
flags.DEFINE_list("num_real", "50,200,0", "Numbers of real digits; 0 for all.")
flags.DEFINE_string("output", "outputs/dqn_digits", "Folder of the runs.")


def run(num_real, seed, further):
    """Returns the scores of one run by row, from its folder if it exists."""
    folder = pathlib.Path(FLAGS.output, f"{num_real}_{seed}")
    scores = folder / "scores.json"
    if not scores.exists():
        command = [sys.executable, "-m", "recipes.dqn_digits", f"--seed={seed}"]
        command += [f"--num_real={num_real}", f"--output={folder}"]
        subprocess.run([*command, *further], check=True)
    return json.loads(scores.read_text())


def of_seeds(values):
    """Returns a cell: the median, and the value of each seed."""
    every = ", ".join(f"{100.0 * value:.1f}" for value in values)
    return f"{100.0 * statistics.median(values):.1f} ({every})"


def print_accuracies(scores):
    """Prints percentages of held-out digits that are classified correctly."""
    print("\n| trained on | " + " | ".join(f"{n or 'all'} real" for n in scores) + " |")
    print("| --- |" + " --- |" * len(scores))
    for row in next(iter(scores.values()))[0]:
        cells = (of_seeds([s[row]["accuracy"] for s in s_]) for s_ in scores.values())
        print(f"| {row} | " + " | ".join(cells) + " |")


def print_gains(scores):
    """Prints the differences from the real digits alone, seed by seed."""
    print("\nDifference from `real`, in points, mean and every seed:\n")
    for row in next(iter(scores.values()))[0]:
        for number, runs in scores.items():
            gains = [100 * (s[row]["accuracy"] - s["real"]["accuracy"]) for s in runs]
            every = ", ".join(f"{gain:+.1f}" for gain in gains)
            mean = statistics.mean(gains)
            print(f"- {row}, {number or 'all'} real: {mean:+.1f} ({every})")


def print_generated(scores):
    """Prints what the GANs' digits are like."""
    print("\n| real digits | row | labels right | DQN agrees | recall |")
    print("| --- | --- | --- | --- | --- |")
    for number, runs in scores.items():
        for row in [row for row, values in runs[0].items() if "recall" in values]:
            names = "labels_right", "agent_agrees", "recall"
            cells = (of_seeds([scores[row][name] for scores in runs]) for name in names)
            print(f"| {number or 'all'} | {row} | " + " | ".join(cells) + " |")


def main(argv):
    seeds = range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds)
    scores = {int(number): [] for number in FLAGS.num_real}
    for seed in seeds:
        for number, runs in scores.items():
            runs.append(run(number, seed, argv[1:]))
    print_accuracies(scores)
    print_gains(scores)
    print_generated(scores)


if __name__ == "__main__":
    app.run(main)
