"""Returns of agents over seeds, on Gymnasium's classic control.

    python -m benchmarks.agent_returns --seeds=5 --jobs=2

For each task, agent and seed: trains, then evaluates the final policy for 100 episodes.
Prints a Markdown table: the mean over seeds with a 95% confidence interval, and every
seed. Steps are environment steps; curves and scores are stored in --output, and
finished runs are skipped.

Published rows are CleanRL's, of 500,000 steps and three seeds
(https://docs.cleanrl.dev/rl-algorithms/dqn/, .../ppo/, .../c51/): there the mean return
of training episodes, with exploration. Batches, networks and updates per step are the
same here. Differences: half as many steps on Acrobot, which is slow; eight environments
in place of one (DQN, C51) or four (PPO); double, three-step targets (DQN, C51); PPO
normalises observations and rewards, and starts with a learning rate of 1e-3.
"""

import json

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 5, "Seeds of each cell.")
flags.DEFINE_integer("jobs", 2, "Runs at a time.")
flags.DEFINE_list("cells", None, "Cells such as dqn:CartPole-v1. Defaults to all.")
flags.DEFINE_string("output", "outputs/agent_returns", "Folder of the runs.")

EPOCHS = 20
EVALUATION_EPISODES = 100
NUM_ENVIRONMENTS = 8
TASKS = ("CartPole-v1", "Acrobot-v1", "MountainCar-v0")
STEPS = {
    **{f"{kind}:{task}": 500_000 for kind in ("dqn", "ppo", "c51") for task in TASKS},
    **{f"{kind}:Acrobot-v1": 250_000 for kind in ("dqn", "ppo", "c51")},
    "ppo:Pendulum-v1": 500_000,
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
SIZES = {  # of observations and of the policy's output
    "CartPole-v1": (4, 2),
    "Acrobot-v1": (6, 3),
    "MountainCar-v0": (2, 3),
    "Pendulum-v1": (3, 1),
}


def mlp(inputs, units, activation, *last):
    hidden = [layers.Dense(n, activation) for n in units]
    return keras.Sequential([keras.Input((inputs,)), *hidden, *last])


def value_based_agent(kind, task, options):
    inputs, actions = SIZES[task]
    options = {
        **options,
        "batch_size": 128,
        "warm_up_steps": 10_000,
        "updates_per_step": 0.1,
        "target_update_period": 50,
        "epsilon": keras.optimizers.schedules.PolynomialDecay(
            1.0, STEPS[f"{kind}:{task}"] // 2, end_learning_rate=0.05
        ),
    }
    if kind == "dqn":
        network = mlp(inputs, (120, 84), "relu", layers.Dense(actions))
        agent = rlgen.agents.DQN(network, **options)
    else:
        last = layers.Dense(actions * 101), layers.Reshape((actions, 101))
        network = mlp(inputs, (120, 84), "relu", *last)
        agent = rlgen.agents.CategoricalDQN(
            network, min_q_value=-100.0, max_q_value=100.0, **options
        )
    agent.compile(keras.optimizers.Adam(2.5e-4))
    return agent


def ppo(task, options):
    inputs, actions = SIZES[task]
    last, discrete = [layers.Dense(actions)], task in TASKS
    if not discrete:
        last.append(rlgen.agents.networks.FreeScale())
    agent = rlgen.agents.PPO(
        mlp(inputs, (64, 64), "tanh", *last),
        mlp(inputs, (64, 64), "tanh", layers.Dense(1)),
        **options,
        gamma=0.99 if discrete else 0.9,
        epochs=4 if discrete else 10,
        entropy_weight=0.01 if discrete else 0.0,
        normalize_observations=True,
        normalize_rewards=True,
    )
    rounds = STEPS[f"ppo:{task}"] // (NUM_ENVIRONMENTS * agent.steps_per_update)
    decay = keras.optimizers.schedules.PolynomialDecay(
        1e-3, rounds * agent.epochs * 4, end_learning_rate=0.0
    )
    agent.compile(keras.optimizers.Adam(decay, global_clipnorm=0.5))
    return agent


def sac(task, options):
    inputs, actions = SIZES[task]
    observation, action = keras.Input((inputs,)), keras.Input((actions,))
    value = mlp(inputs + actions, (64, 64), "relu", layers.Dense(1))
    critic = value(layers.Concatenate()([observation, action]))
    agent = rlgen.agents.SAC(
        mlp(inputs, (64, 64), "relu", layers.Dense(2 * actions)),
        keras.Model([observation, action], critic),
        **options,
    )
    agent.compile(keras.optimizers.Adam(1e-3))
    return agent


def make_agent(kind, task, seed):
    """Returns the compiled agent."""
    options = {
        "environment": task,
        "num_environments": NUM_ENVIRONMENTS,
        "seed": seed,
    }
    if kind == "ppo":
        return ppo(task, options)
    if kind == "sac":
        return sac(task, options)
    return value_based_agent(kind, task, options)


def train(config, folder):
    """Trains one agent; writes its curve, and returns its returns."""
    seed = config["seed"]
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(seed)
    agent = make_agent(*config["cell"].split(":"), seed)
    steps = -(-config["steps"] // (EPOCHS * agent.num_environments))
    history = agent.fit(epochs=EPOCHS, steps_per_epoch=steps, verbose=0)
    scores = agent.evaluate(EVALUATION_EPISODES, seed=seed, verbose=0)
    keys = ("environment_steps", "mean_return", "environment_steps_per_second")
    curves = {key: dict(zip(*history.curve(key), strict=True)) for key in keys}
    history = {
        key: [curve.get(step, float("nan")) for step in curves[keys[0]]]
        for key, curve in curves.items()
    }
    (folder / "history.json").write_text(json.dumps(history, indent=1) + "\n")
    return scores


def main(argv):
    del argv
    cells = FLAGS.cells or list(STEPS)
    grid = [
        {"seed": [seed], "cell": [cell], "steps": [STEPS[cell]]}
        for seed in range(FLAGS.seeds)
        for cell in cells
    ]
    sweep = rlgen.tuning.Sweep(train, FLAGS.output, grid)
    sweep.run(workers=FLAGS.jobs)
    print("\n| task | agent | steps | return, mean (95%) | seeds | published |")
    print("| --- | --- | --- | --- | --- | --- |")
    for cell in cells:
        kind, task = cell.split(":")
        runs = [r for r in sweep.runs if r.config["cell"] == cell and r.result]
        if not runs:
            continue
        listed = ", ".join(f"{run.result['mean_return']:.1f}" for run in runs)
        (metrics,) = rlgen.tuning.SweepTable(runs, over="seed").values()
        s = metrics["mean_return"]
        print(
            f"| {task} | {kind} | {STEPS[cell]:,} | {s['mean']:.1f} "
            f"({s['low']:.1f} to {s['high']:.1f}) | {listed} | "
            f"{PUBLISHED.get(cell, '-')} |"
        )


if __name__ == "__main__":
    app.run(main)
