"""A world model of a maze that is seen as a picture, and what PPO learns in it.

    python -m benchmarks.world_model_pixels --seeds=3

Random actions of 4,000 steps in a maze of 8 x 8 cells, drawn with 16 x 16 pixels, train
a `WorldModel` of latents; PPO is then trained in it alone, in episodes of 50 steps. For
each dynamics and seed, prints: the errors of predictions of 1 and 10 steps on held-out
episodes, in units of the range of a pixel, beside those of predicting that nothing
changes; the mean return of PPO in its model and in the maze; and that of PPO trained in
the maze for as many steps as the model has seen, and for as many as PPO had in the
model. The best policy is that of `planning.value_iteration`.

Writes pictures of predicted beside real frames to --output. Finished runs are stored
there and skipped.
"""

import json
import pathlib
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import numpy as np
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
ROWS = "ensemble", "recurrent_state_space"
flags.DEFINE_list("rows", list(ROWS), "Dynamics.")
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_integer("seeds", 3, "Number of seeds.")
flags.DEFINE_integer("imagined_steps", 100_000, "Steps of PPO in the model.")
flags.DEFINE_integer("epochs", 30, "Epochs of the model, of 100 batches.")
flags.DEFINE_string("output", "outputs/world_model_pixels", "Folder of the runs.")

REAL_STEPS, NUM_ENVIRONMENTS, SIZE = 4000, 32, 16
MAZE = (
    "S..#...S",
    ".#.#.#..",
    ".#...#.#",
    ".####...",
    "S....#.S",
    ".###.#.#",
    ".#...#..",
    "S#.S...G",
)


def make_maze():
    """Returns the maze as an environment of pictures."""
    grid = rlgen.environments.GridWorld(MAZE, max_episode_steps=50)
    return rlgen.environments.DrawnGrid(grid, size=SIZE)


def network(outputs, seed):
    """Returns a perceptron of a picture."""
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.Flatten(),
            layers.Dense(
                64, "tanh", kernel_initializer=keras.initializers.Orthogonal(1.0, seed)
            ),
            layers.Dense(
                outputs,
                kernel_initializer=keras.initializers.Orthogonal(0.01, seed + 1),
            ),
        ]
    )


def make_agent(seed):
    """Returns a compiled PPO of the maze."""
    agent = rlgen.agents.PPO(
        network(4, 4 * seed),
        network(1, 4 * seed + 2),
        environment=make_maze(),
        num_environments=NUM_ENVIRONMENTS,
        steps_per_update=32,
        gamma=0.97,
        entropy_weight=0.01,
        seed=seed,
    )
    agent.compile(keras.optimizers.Adam(1e-3))
    return agent


def best_return():
    """Returns the mean return of the best policy over the starts."""
    grid = make_maze().grid
    tables = grid.transitions, grid.rewards
    values = rlgen.planning.value_iteration(*tables, discount=1.0).values
    starts = [
        row * 8 + column
        for row, line in enumerate(MAZE)
        for column, kind in enumerate(line)
        if kind == "S"
    ]
    of_cell = {8 * row + column: i for i, (row, column) in enumerate(grid.cells)}
    return float(np.mean([values[of_cell[start]] for start in starts]))


def write_frames(world, held_out, path, steps=10):
    """Writes rows of real frames, and below each the predicted ones."""
    windows = held_out.windows(steps, stride=17)
    real, actions = windows.observation[:4], windows.action[:4]
    predicted = world.imagine(actions, observations=real[:, 0]).observation
    both = np.stack([real, predicted], axis=1)
    rlgen.pictures.write_image_grid(
        path, both.reshape(-1, SIZE, SIZE, 1), columns=steps + 1, value_range=(0.0, 1.0)
    )


def run(row, seed):
    """Trains one model and PPO in it, and returns the results."""
    keras.utils.set_random_seed(seed)
    start = time.process_time()
    agent = make_agent(seed)
    experience = agent.record(steps=REAL_STEPS, exploring=True)
    train, held_out = experience.split(0.9, seed=seed)
    world = rlgen.WorldModel(agent.specs, dynamics=row, horizon=50, seed=seed)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, 100 * FLAGS.epochs)
    world.compile(keras.optimizers.Adam(rate), jit_compile=False)
    world.fit(
        train,
        epochs=FLAGS.epochs,
        steps_per_epoch=100,
        batch_size=32,
        window=4,
        verbose=0,
    )
    report = world.report(held_out, horizon=10)
    folder = pathlib.Path(FLAGS.output)
    write_frames(world, held_out, folder / f"{row}_{seed}.png")
    model_seconds = time.process_time() - start
    per_environment = FLAGS.imagined_steps // NUM_ENVIRONMENTS
    agent.fit(epochs=1, steps_per_epoch=per_environment, environment=world, verbose=0)
    options = {"episodes": 100, "seed": 1, "verbose": 0}
    results = {
        "error": float(report.error[0]),
        "error_10": float(report.error[9]),
        "unchanged_10": float(report.unchanged_error[9]),
        "end_auc": report.end_auc,
        "in_model": agent.evaluate(environment=world, **options)["mean_return"],
        "in_maze": agent.evaluate(**options)["mean_return"],
        "model_seconds": model_seconds,
        "seconds": time.process_time() - start,
    }
    for name, steps in {"real": REAL_STEPS, "long": FLAGS.imagined_steps}.items():
        alone = make_agent(seed)
        per_environment = steps // NUM_ENVIRONMENTS
        alone.fit(epochs=1, steps_per_epoch=per_environment, verbose=0)
        results[name] = alone.evaluate(**options)["mean_return"]
    return results


def stored(row, seed):
    """Returns the results of a run, from its file if it exists."""
    path = pathlib.Path(FLAGS.output, f"{row}_{seed}.json")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(run(row, seed)))
    return json.loads(path.read_text())


def main(_):
    print(f"The best policy has a mean return of {best_return():.1f}.\n")
    print(
        "| dynamics | seed | error, 1 step | 10 steps | nothing changes, 10 | "
        "return in the model | in the maze | PPO alone, 4,000 real steps | "
        f"{FLAGS.imagined_steps:,} real steps | CPU seconds |"
    )
    print("| --- " * 10 + "|")
    for row in FLAGS.rows:
        for seed in range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds):
            r = stored(row, seed)
            print(
                f"| {row} | {seed} | {r['error']:.3f} | {r['error_10']:.3f} | "
                f"{r['unchanged_10']:.3f} | {r['in_model']:.1f} | {r['in_maze']:.1f} | "
                f"{r['real']:.1f} | {r['long']:.1f} | {r['seconds']:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    app.run(main)
