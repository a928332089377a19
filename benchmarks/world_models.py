"""Real steps until an agent that learns a model of CartPole balances the pole.

    python -m benchmarks.world_models --seeds=5

For each row and seed: rounds of 128 real steps in four environments, 300 updates of a
`WorldModel` and, where there is an agent, 49,152 imagined steps of at most 200 in a row
(`ModelBasedAgent`); after each round, 20 evaluation episodes in the real environment,
whose steps are not counted. A run ends at a mean return of 475, or after 2,560 steps.

Rows:

- `agent`: PPO, which acts itself.
- `planner_and_agent`: a Gumbel search of 32 simulations acts, with the actor of PPO as
  prior and its critic as value.
- `planner`: the search acts, with random rollouts of 20 steps in place of a critic.
- `one_network`: as `agent`, with one network in place of an ensemble of five.

Prints a Markdown table: the median of the real steps, their 90th percentile, and those
of every seed. Finished runs are stored in --output and skipped.
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
ROWS = "agent", "planner_and_agent", "planner", "one_network"
flags.DEFINE_list("rows", list(ROWS), "What to run.")
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_integer("seeds", 5, "Number of seeds.")
flags.DEFINE_string("output", "outputs/world_models", "Folder of the runs.")

TARGET, MAX_STEPS = 475.0, 2560


def perceptron(outputs, scale, seed):
    """Returns a network of two hidden layers, with orthogonal weights."""
    return keras.Sequential(
        [
            keras.Input((4,)),
            *(
                layers.Dense(
                    units,
                    activation,
                    kernel_initializer=keras.initializers.Orthogonal(
                        gain, seed=seed + index
                    ),
                )
                for index, (units, activation, gain) in enumerate(
                    [(64, "tanh", 1.4), (64, "tanh", 1.4), (outputs, None, scale)]
                )
            ),
        ]
    )


def make_agent(environment, seed):
    """Returns the PPO of all rows."""
    return rlgen.agents.PPO(
        perceptron(2, 0.01, 10 * seed),
        perceptron(1, 1.0, 10 * seed + 5),
        environment=environment,
        num_environments=64,
        steps_per_update=16,
        gamma=0.99,
        seed=seed,
    )


def make_learner(row, seed):
    """Returns the compiled `ModelBasedAgent` of a row."""
    environment = rlgen.environments.CartPole()
    agent = make_agent(environment, seed)
    kinds = rlgen.world_models
    kind = kinds.Deterministic if row == "one_network" else kinds.Ensemble
    world = rlgen.WorldModel(
        agent.specs,
        dynamics=kind(hidden=(64, 64)),
        hidden=(64, 64),
        horizon=200,
        seed=seed,
    )
    planner = None
    if row.startswith("planner"):
        networks = {"policy": agent.actor, "value": agent.critic}
        planner = rlgen.agents.Planner(
            world,
            rlgen.planning.GumbelSearch(num_simulations=32),
            environment=environment,
            gamma=0.99,
            rollout_steps=20,
            seed=seed,
            **(networks if row == "planner_and_agent" else {}),
        )
    learner = rlgen.ModelBasedAgent(
        world, None if row == "planner" else agent, planner, num_environments=4
    )
    learner.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    return learner


class Evaluations(keras.callbacks.Callback):
    """Keeps the real steps and the mean return of each evaluation."""

    def on_train_begin(self, logs=None):
        self.steps, self.returns = [], []

    def on_epoch_end(self, epoch, logs=None):
        self.steps.append(int(logs["environment_steps"]))
        self.returns.append(logs["val_mean_return"])
        if self.returns[-1] >= TARGET or self.steps[-1] >= MAX_STEPS:
            self.model.stop_training = True


def run(row, seed):
    """Trains one row with one seed, and returns its results."""
    keras.utils.set_random_seed(seed)
    start = time.process_time()
    evaluations = Evaluations()
    learner = make_learner(row, seed)
    learner.fit(epochs=1000, validation_freq=1, callbacks=[evaluations], verbose=0)
    reached = evaluations.returns[-1] >= TARGET
    return {
        "steps": evaluations.steps,
        "returns": evaluations.returns,
        "steps_to_target": evaluations.steps[-1] if reached else None,
        "cpu_seconds": time.process_time() - start,
    }


def stored(row, seed):
    """Returns the results of a run, from its file if it exists."""
    path = pathlib.Path(FLAGS.output, f"{row}_{seed}.json")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(run(row, seed)))
    return json.loads(path.read_text())


def main(_):
    print("| row | median | 90th percentile | every seed | CPU seconds |")
    print("| --- | --- | --- | --- | --- |")
    for row in FLAGS.rows:
        seeds = range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds)
        runs = [stored(row, seed) for seed in seeds]
        steps = [r["steps_to_target"] or MAX_STEPS for r in runs]
        cells = ", ".join(str(r["steps_to_target"] or f"> {MAX_STEPS}") for r in runs)
        seconds = np.median([r["cpu_seconds"] for r in runs])
        print(
            f"| {row} | {np.median(steps):.0f} | {np.quantile(steps, 0.9):.0f} | "
            f"{cells} | {seconds:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    app.run(main)
