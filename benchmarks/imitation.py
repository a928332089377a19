"""Imitation of an expert from few steps, beside cloning and rewards that know nothing.

    python -m benchmarks.imitation --seeds=5
    python -m benchmarks.imitation --tasks=pendulum --seeds=3
    python -m benchmarks.imitation --tasks=library --seeds=3 --library_python=PYTHON

For each task, row and seed: an expert plays 60 episodes, a learner gets some of their
steps and never a reward of the environment, and is evaluated on 100 episodes (on 20
while it learns). Prints a Markdown table for each task, with the CPU seconds of
training, which say more than wall time on a shared machine. Results are stored in
--output, and finished runs are skipped. Tasks:

- `fixed`: `FixedHorizonCartPole`, 500 steps whatever happens. Every 20th step of 1, 4
  or 11 episodes, as Ho & Ermon (2016) have it; a DQN for 32,768 steps.
- `variable`: `CartPole`, where an episode ends when the pole falls. Every 20th step of
  one episode. Any positive reward favours balance here: the trap, and the remedy,
  absorbing states.
- `pendulum`: `Pendulum`, four whole episodes of 200 steps; SAC for 20,480 steps.
- `library`: the fixed horizon with the settings of the tutorial of the library
  `imitation` (PPO, 8 x 2,048 steps, batches of 64, 5 epochs, a learning rate of 4e-4,
  gamma 0.95, 8 updates of the discriminator a round), for 196,608 steps; the same with
  rounds of 8 x 128 steps; and a DQN. With --library_python, an interpreter that has
  `imitation`, that library runs beside ours, on the same experts.

Rows: `gail` by `rewards.Imitation`, `shaped` with a potential (AIRL's form),
`absorbing` with absorbing states, `cloning`, `constant` (a reward of 1) and
`random_network` (a discriminator that never learns). Numbers are the episodes of the
expert. Rewards are softplus, unless a row says `log_score`.
"""

import json
import pathlib
import subprocess
import sys
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 5, "Seeds of each row, from 0.")
flags.DEFINE_list("tasks", "fixed,variable", "Tasks to run.")
flags.DEFINE_list("rows", None, "Rows to run. Defaults to all of a task.")
flags.DEFINE_string("output", "outputs/imitation", "Folder of the results.")
flags.DEFINE_string("library_python", None, "Interpreter that has `imitation`.")
flags.DEFINE_string("run", None, "Runs one cell, task:row:seed, in this process.")

EPISODES = 60
EVERY = 20
ROWS = {
    "fixed": (
        *("gail_1", "gail_4", "gail_11", "shaped_1"),
        *("cloning_1", "cloning_4", "cloning_11", "constant", "random_network"),
    ),
    "variable": (
        *("gail_1", "gail_log_score_1", "constant", "random_network"),
        *("absorbing_1", "absorbing_log_score_1", "cloning_1"),
    ),
    "pendulum": ("gail_4", "cloning_4", "constant", "random_network"),
    "library": (
        *("ppo_tutorial_60", "ppo_short_60", "ppo_short_1", "dqn_60", "dqn_1"),
        *("library_tutorial_60", "library_short_60", "library_short_1"),
    ),
}
GAMMA = {"fixed": 0.98, "variable": 0.98, "library": 0.98, "pendulum": 0.95}
TARGET = {"fixed": 475.0, "variable": 475.0, "library": 475.0}


def environment(task):
    return {
        "fixed": rlgen.environments.FixedHorizonCartPole,
        "library": rlgen.environments.FixedHorizonCartPole,
        "variable": rlgen.environments.CartPole,
        "pendulum": rlgen.environments.Pendulum,
    }[task]()


def mlp(inputs, outputs, activation="tanh", units=64):
    return keras.Sequential(
        [
            layers.Input((inputs,)),
            layers.Dense(units, activation),
            layers.Dense(units, activation),
            layers.Dense(outputs),
        ]
    )


def sac(task, seed):
    inputs = [layers.Input((3,)), layers.Input((1,))]
    value = mlp(4, 1, "relu")(layers.Concatenate()(inputs))
    return rlgen.agents.SAC(
        mlp(3, 2, "relu"),
        keras.Model(inputs, value),
        environment=environment(task),
        num_environments=8,
        gamma=GAMMA[task],
        seed=seed,
    )


def ppo(seed, task="fixed", **options):
    return rlgen.agents.PPO(
        mlp(4, 2), mlp(4, 1), environment=environment(task), seed=seed, **options
    )


def dqn(task, seed):
    return rlgen.agents.DQN(
        mlp(4, 2),
        environment=environment(task),
        num_environments=8,
        gamma=GAMMA[task],
        epsilon=keras.optimizers.schedules.PolynomialDecay(1.0, 3000, 0.1),
        target_update_period=128,
        warm_up_steps=500,
        seed=seed,
    )


def demonstrations(task, seed):
    """Returns the 60 episodes of an expert, from a file if there is one."""
    kind = "pendulum" if task == "pendulum" else "cart_pole"
    path = pathlib.Path(FLAGS.output, f"{kind}_experts_{seed}.npz")
    if path.exists():
        return rlgen.Experience.load(path)
    if kind == "pendulum":
        expert = sac(task, 100 + seed)
        expert.compile(keras.optimizers.Adam(1e-3))
        expert.fit(epochs=1, steps_per_epoch=2560, verbose=0)
    else:
        expert = ppo(100 + seed)
        expert.compile(keras.optimizers.Adam(3e-3))
        expert.fit(epochs=1, steps_per_epoch=10_240, verbose=0)
    experience = expert.record(episodes=EPISODES, seed=seed)
    experience.save(path)
    return experience


def part_of(experience, task, row, seed):
    """Returns the steps that a row is given."""
    count = row.rpartition("_")[2]
    episodes = experience.episodes(slice(int(count) if count.isdigit() else 1))
    if task == "pendulum" or episodes.num_episodes == EPISODES:
        return episodes
    return episodes.subsample(EVERY, seed=seed)


def reward_of(row, task, experts, agent, seed):
    """Returns the reward by which an agent learns."""
    if row == "constant":
        return rlgen.rewards.Constant(1.0)
    absorbing, shaped = row.startswith("absorbing"), row.startswith("shaped")
    as_tutorial = row.startswith("ppo")
    size = agent.specs.observation.shape[0]
    actions = 1 if task == "pendulum" else 2
    learns = row != "random_network"
    kind = "log_score" if "log_score" in row else "softplus"
    return rlgen.rewards.Imitation(
        mlp(size + actions + absorbing, 1),
        experts,
        agent.specs,
        kind=kind,
        optimizer=keras.optimizers.Adam(1e-3 if learns else 0.0),
        updates=(8 if as_tutorial else 4) if learns else 1,
        batch_size=1024 if as_tutorial else 128,
        input_noise=0.1,
        variable_horizon=task == "variable",
        shaping=mlp(size + absorbing, 1) if shaped else None,
        absorbing=absorbing,
        gamma=agent.gamma if absorbing or shaped else None,
        seed=seed,
    )


def make_agent(row, task, seed):
    """Returns an agent, its learning rate, and steps of each environment an epoch."""
    if task == "pendulum":
        return sac(task, seed), 1e-3, 256
    if not row.startswith("ppo"):
        return dqn(task, seed), 1e-3, 512
    rollout = 2048 if "tutorial" in row else 128
    agent = ppo(
        seed,
        steps_per_update=rollout,
        epochs=5,
        minibatch_size=64,
        gamma=0.95,
    )
    return agent, 4e-4, 2048


def learn(row, task, experts, seed):
    """Trains an agent; returns steps, returns, and CPU seconds of training so far."""
    agent, learning_rate, steps_per_epoch = make_agent(row, task, seed)
    reward = reward_of(row, task, experts, agent, seed)
    agent.compile(keras.optimizers.Adam(learning_rate), reward=reward)
    total = 20_480 if task == "pendulum" else 32_768
    if row.startswith("ppo"):
        total = 196_608
    result = {"steps": [], "returns": [], "seconds": []}
    seconds = 0.0
    while int(agent.environment_steps) < total:
        started = time.process_time()
        agent.fit(steps_per_epoch=steps_per_epoch, verbose=0)
        seconds += time.process_time() - started
        result["steps"].append(int(agent.environment_steps))
        result["returns"].append(mean_return(agent, episodes=20))
        result["seconds"].append(seconds)
    result["returns"][-1] = mean_return(agent)
    return result


def clone(task, experts, seed):
    if task == "pendulum":
        # With a scale that depends on the observation it does worse.
        actor = mlp(3, 1, "relu")
        actor.add(rlgen.agents.networks.FreeScale())
        agent = rlgen.agents.Reinforce(
            actor, environment=environment(task), squash=True, seed=seed
        )
    else:
        agent = ppo(seed, task)
    agent.compile(keras.optimizers.Adam(1e-3))
    updates = 4000 if task == "pendulum" else 1000
    started = time.process_time()
    agent.fit(experience=experts, loss="cloning", steps_per_epoch=updates, verbose=0)
    seconds = time.process_time() - started
    return {"steps": [0], "returns": [mean_return(agent)], "seconds": [seconds]}


def mean_return(agent, episodes=100):
    return agent.evaluate(episodes, seed=0, verbose=0)["mean_return"]


def run_library(row, experts, seed):
    """Returns the result of the library `imitation`, in its own interpreter."""
    path = pathlib.Path(FLAGS.output, f"library_experts_{row}_{seed}.npz")
    experts.save(path)
    script = pathlib.Path(__file__).with_name("imitation_library.py")
    # With -P, since the folder of the script holds another module `imitation`.
    command = [FLAGS.library_python, "-P", str(script), str(path), f"--seed={seed}"]
    command.append(f"--rollout={2048 if 'tutorial' in row else 128}")
    printed = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(printed.stdout.splitlines()[-1])


def run(task, row, seed):
    """Trains and evaluates one row, and writes its result."""
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(seed)
    experience = demonstrations(task, seed)
    experts = part_of(experience, task, row, seed)
    keras.utils.set_random_seed(seed)
    if row.startswith("cloning"):
        result = clone(task, experts, seed)
    elif row.startswith("library"):
        result = run_library(row, experts, seed)
    else:
        result = learn(row, task, experts, seed)
    result["expert"] = experience.mean_return
    path = result_path(task, row, seed)
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{task}:{row}, seed {seed}: {result['returns'][-1]:.1f}", flush=True)


def result_path(task, row, seed):
    return pathlib.Path(FLAGS.output, f"{task}_{row}_{seed}.json")


def result_of(task, row, seed):
    """Returns a result, from its file if there is one, else by a process of its own."""
    path = result_path(task, row, seed)
    if not path.exists():
        command = [sys.executable, "-m", "benchmarks.imitation"]
        command += [f"--run={task}:{row}:{seed}", f"--output={FLAGS.output}"]
        if FLAGS.library_python:
            command.append(f"--library_python={FLAGS.library_python}")
        subprocess.run(command, check=True)
    return json.loads(path.read_text())


def steps_to(result, target):
    """Returns the steps of the first evaluation that reached a target, or "-"."""
    pairs = zip(result["steps"], result["returns"], strict=True)
    return next((f"{step:,}" for step, value in pairs if value >= target), "-")


def print_table(task, results):
    """Prints a Markdown table of a task's rows."""
    experts = [result["expert"] for result in next(iter(results.values()))]
    print(f"\n{task}: experts {', '.join(f'{x:.1f}' for x in experts)}\n")
    print("| row | steps | return, median | seeds | steps to target | CPU seconds |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row, runs in results.items():
        last = [result["returns"][-1] for result in runs]
        # Pendulum: within 10% of the expert.
        targets = [TARGET.get(task, 1.1 * expert) for expert in experts]
        reached = map(steps_to, runs, targets)
        seconds = np.median([result["seconds"][-1] for result in runs])
        print(
            f"| {row} | {runs[0]['steps'][-1]:,} | {np.median(last):.1f} | "
            f"{', '.join(f'{x:.0f}' for x in last)} | {', '.join(reached)} | "
            f"{seconds:.0f} |",
            flush=True,
        )


def main(argv):
    del argv
    pathlib.Path(FLAGS.output).mkdir(parents=True, exist_ok=True)
    if FLAGS.run:
        task, row, seed = FLAGS.run.split(":")
        return run(task, row, int(seed))
    for task in FLAGS.tasks:
        rows = FLAGS.rows or ROWS[task]
        if not FLAGS.library_python:
            rows = [row for row in rows if not row.startswith("library")]
        results = {row: [] for row in rows}
        for seed in range(FLAGS.seeds):
            for row in rows:
                results[row].append(result_of(task, row, seed))
        print_table(task, results)
    return None


if __name__ == "__main__":
    app.run(main)
