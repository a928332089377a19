"""Returns of agents over seeds, on Gymnasium's classic control.

    python -m benchmarks.agent_returns --seeds=5 --jobs=2

For each task and agent, and each seed: trains, then plays 100 episodes with the final
policy. Prints a Markdown table: the mean over seeds with a 95% confidence interval,
and every seed. The steps are environment steps; curves and scores are kept in
--output, and finished runs are not run again.

Published rows are CleanRL's, of 500,000 steps and three seeds
(https://docs.cleanrl.dev/rl-algorithms/dqn/, .../ppo/, .../c51/).
"""

import concurrent.futures
import json
import pathlib
import subprocess
import sys

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers
from scipy import stats

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 5, "Seeds of each cell.")
flags.DEFINE_integer("jobs", 2, "Runs at a time.")
flags.DEFINE_list("cells", None, "Cells such as dqn:CartPole-v1. Defaults to all.")
flags.DEFINE_string("output", "outputs/agent_returns", "Folder of the runs.")
flags.DEFINE_string("run", None, "Runs one cell, agent:task:seed, in this process.")

EPOCHS = 20
EVALUATION_EPISODES = 100
# Environment steps of each cell.
STEPS = {
    "dqn:CartPole-v1": 100_000,
    "dqn:Acrobot-v1": 100_000,
    "dqn:MountainCar-v0": 200_000,
    "c51:CartPole-v1": 100_000,
    "c51:Acrobot-v1": 100_000,
    "c51:MountainCar-v0": 200_000,
    "ppo:CartPole-v1": 200_000,
    "ppo:Acrobot-v1": 200_000,
    "ppo:MountainCar-v0": 500_000,
    "ppo:Pendulum-v1": 300_000,
    "sac:Pendulum-v1": 20_000,
}
PUBLISHED = {
    "dqn:CartPole-v1": "488.7 +- 16.1",
    "dqn:Acrobot-v1": "-91.5 +- 7.2",
    "dqn:MountainCar-v0": "-194.9 +- 8.5",
    "c51:CartPole-v1": "481",
    "c51:Acrobot-v1": "-87.7",
    "c51:MountainCar-v0": "-166",
    "ppo:CartPole-v1": "490.0 +- 6.1",
    "ppo:Acrobot-v1": "-86.4 +- 1.3",
    "ppo:MountainCar-v0": "-200",
}
# The range of discounted returns, for the atoms of C51.
VALUES = {
    "CartPole-v1": (0.0, 100.0),
    "Acrobot-v1": (-100.0, 0.0),
    "MountainCar-v0": (-100.0, 0.0),
}
INPUTS = {"CartPole-v1": 4, "Acrobot-v1": 6, "MountainCar-v0": 2, "Pendulum-v1": 3}
ACTIONS = {"CartPole-v1": 2, "Acrobot-v1": 3, "MountainCar-v0": 3}


def mlp(task, *last, activation="relu", units=64, inputs=None):
    hidden = [layers.Dense(units, activation) for _ in range(2)]
    inputs = inputs or INPUTS[task]
    return keras.Sequential([keras.Input((inputs,)), *hidden, *last])


def make_agent(kind, task, seed):
    """Returns the compiled agent."""
    value_based = {
        "environment": task,
        "num_environments": 8,
        "seed": seed,
        "n_step": 3,
        "updates_per_step": 0.5,
        "target_update_tau": 1.0,
        "target_update_period": 128,
        "epsilon": keras.optimizers.schedules.PolynomialDecay(
            1.0, STEPS[f"{kind}:{task}"] // 10, end_learning_rate=0.04
        ),
    }
    if kind == "dqn":
        network = mlp(task, layers.Dense(ACTIONS[task]))
        agent = rlgen.agents.DQN(network, **value_based)
        agent.compile(keras.optimizers.Adam(1e-3))
    elif kind == "c51":
        shape = (ACTIONS[task], 51)
        network = mlp(task, layers.Dense(np.prod(shape)), layers.Reshape(shape))
        low, high = VALUES[task]
        agent = rlgen.agents.CategoricalDQN(
            network, min_q_value=low, max_q_value=high, **value_based
        )
        agent.compile(keras.optimizers.Adam(1e-3))
    elif kind == "ppo":
        if task in ACTIONS:
            last = [layers.Dense(ACTIONS[task])]
        else:
            last = [layers.Dense(1), rlgen.agents.networks.FreeScale()]
        agent = rlgen.agents.PPO(
            mlp(task, *last, activation="tanh"),
            mlp(task, layers.Dense(1), activation="tanh"),
            environment=task,
            seed=seed,
            gamma=0.99 if task in ACTIONS else 0.9,
            epochs=10,
            normalize_observations=True,
            normalize_rewards=True,
        )
        agent.compile(keras.optimizers.Adam(5e-4, global_clipnorm=0.5))
    else:
        observation, action = keras.Input((INPUTS[task],)), keras.Input((1,))
        x = layers.Concatenate()([observation, action])
        critic = mlp(task, layers.Dense(1), inputs=INPUTS[task] + 1)
        agent = rlgen.agents.SAC(
            mlp(task, layers.Dense(2)),
            keras.Model([observation, action], critic(x)),
            environment=task,
            num_environments=8,
            seed=seed,
        )
        agent.compile(keras.optimizers.Adam(1e-3))
    return agent


def run(cell, seed):
    """Trains one agent; writes its curve and its returns."""
    kind, task = cell.split(":")
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(seed)
    agent = make_agent(kind, task, seed)
    steps = -(-STEPS[cell] // (EPOCHS * agent.num_environments))
    history = agent.fit(epochs=EPOCHS, steps_per_epoch=steps, verbose=0).history
    scores = agent.evaluate(EVALUATION_EPISODES, seed=seed, verbose=0)
    keys = ("environment_steps", "mean_return", "environment_steps_per_second")
    scores["history"] = {key: history[key] for key in keys}
    path = result_path(cell, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(scores, indent=1) + "\n")
    print(f"{cell}, seed {seed}: {scores['mean_return']:.1f}")


def result_path(cell, seed):
    return pathlib.Path(FLAGS.output, f"{cell.replace(':', '_')}_{seed}.json")


def run_in_process(cell, seed):
    """Returns the mean return of one run, from its file if it has been made."""
    if not result_path(cell, seed).exists():
        command = [sys.executable, "-m", "benchmarks.agent_returns"]
        command += [f"--run={cell}:{seed}", f"--output={FLAGS.output}"]
        subprocess.run(command, check=True)
    return json.loads(result_path(cell, seed).read_text())["mean_return"]


def main(argv):
    del argv
    if FLAGS.run:
        cell, _, seed = FLAGS.run.rpartition(":")
        return run(cell, int(seed))
    cells = FLAGS.cells or list(STEPS)
    jobs = [(cell, seed) for seed in range(FLAGS.seeds) for cell in cells]
    with concurrent.futures.ThreadPoolExecutor(FLAGS.jobs) as pool:
        returns = dict(
            zip(jobs, pool.map(lambda job: run_in_process(*job), jobs), strict=True)
        )
    print("\n| task | agent | steps | return, mean (95%) | seeds | published |")
    print("| --- | --- | --- | --- | --- | --- |")
    for cell in cells:
        kind, task = cell.split(":")
        seeds = [returns[cell, seed] for seed in range(FLAGS.seeds)]
        mean, error = np.mean(seeds), stats.sem(seeds)
        half = error * stats.t.ppf(0.975, len(seeds) - 1)
        listed = ", ".join(f"{value:.1f}" for value in seeds)
        print(
            f"| {task} | {kind} | {STEPS[cell]:,} | {mean:.1f} "
            f"({mean - half:.1f} to {mean + half:.1f}) | {listed} | "
            f"{PUBLISHED.get(cell, '-')} |"
        )
    return None


if __name__ == "__main__":
    app.run(main)
