"""Steps per second of agents whose environments are stepped by actors of Ray.

    pip install "keras_rlgen[agents,distributed]"
    python -m benchmarks.remote_environments
    python -m benchmarks.remote_environments --environments=CartPole-v1

For each environment, agent and number of workers: 16 environments, one epoch to trace
and to warm up, then the median of --rounds epochs of environment steps per second,
learning included. `sleeping` is an environment whose step sleeps for --milliseconds, so
that the number of cores does not limit the workers; learning still needs a core. Agents
are `ppo`, `dqn` with rounds of 16 steps and an update for four steps, the same
pipelined, and `acting`, a PPO that only collects. Rows `in one process` and
`AsyncVectorEnv` do without Ray. Prints a Markdown table with the share of what one
worker reaches, times the number of workers.
"""

import functools
import statistics
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import gymnasium
import keras
import numpy as np
import ray
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_list("environments", "sleeping,CartPole-v1", "Environments.")
flags.DEFINE_list("agents", "acting,ppo,dqn,dqn_pipelined", "Agents.")
flags.DEFINE_list("workers", "1,2,4", "Numbers of workers; 1 is needed.")
flags.DEFINE_float("milliseconds", 2.0, "Sleep of a step.")
flags.DEFINE_integer("steps", 256, "Steps of every environment in an epoch.")
flags.DEFINE_integer("rounds", 5, "Epochs that are measured.")

NUM_ENVIRONMENTS = 16


class Sleeping(gymnasium.Env):
    """Sleeps in every step, as a simulator in another process would take time."""

    observation_space = gymnasium.spaces.Box(-10.0, 10.0, (4,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, milliseconds):
        self._seconds = milliseconds / 1000.0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._steps = 0
        return self._observation(), {}

    def step(self, action):
        time.sleep(self._seconds)
        self._steps += 1
        return self._observation(), 1.0, False, self._steps >= 200, {}

    def _observation(self):
        return self.np_random.normal(size=4).astype("float32")


def mlp(outputs):
    hidden = [layers.Dense(64, "tanh"), layers.Dense(64, "tanh")]
    return keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(outputs)])


def make_agent(kind, environment):
    options = {
        "environment": environment,
        "num_environments": NUM_ENVIRONMENTS,
        "seed": 0,
    }
    if kind in ("acting", "ppo"):
        agent = rlgen.agents.PPO(mlp(2), mlp(1), **options)
    else:
        options |= {"updates_per_step": 0.25, "collect_steps": 16}
        agent = rlgen.agents.DQN(mlp(2), **options)
    agent.compile(keras.optimizers.Adam(1e-3))
    return agent


def steps_per_second(kind, environment):
    """Returns the median over epochs, learning included."""
    agent = make_agent(kind, environment)
    epochs, steps = FLAGS.rounds + 1, FLAGS.steps
    if kind == "acting":
        rates = [rate_of_acting(agent, steps * epoch) for epoch in range(epochs)]
    else:
        history = agent.fit(epochs=epochs, steps_per_epoch=steps, verbose=0).history
        rates = history["environment_steps_per_second"]
    agent.driver.close()
    return statistics.median(rates[1:])


def rate_of_acting(agent, first_step):
    started = time.perf_counter()
    agent.driver.collect(agent.collect_policy, FLAGS.steps, first_step, ())
    return NUM_ENVIRONMENTS * FLAGS.steps / (time.perf_counter() - started)


def environment_of(name):
    if name == "sleeping":
        return functools.partial(Sleeping, FLAGS.milliseconds)
    return name


def in_processes(name):
    """Returns environments of Gymnasium, a process each."""
    return rlgen.environments.make_vector_environment(
        environment_of(name), NUM_ENVIRONMENTS, vectorization="async"
    )


def main(argv):
    del argv
    workers = [int(count) for count in FLAGS.workers]
    ray.init(num_cpus=max(workers), include_dashboard=False, log_to_driver=False)
    print("\n| environment | agent | environments stepped | steps/s | share |")
    print("| --- | --- | --- | --- | --- |")
    for name in FLAGS.environments:
        for kind in FLAGS.agents:
            pipelined = kind.endswith("_pipelined")
            rows = {}
            if kind == "ppo":
                rows["in one process"] = environment_of(name)
                rows["`AsyncVectorEnv`, 16 processes"] = in_processes(name)
            for count in workers:
                rows[count] = rlgen.environments.Remote(
                    environment_of(name), count, pipelined=pipelined
                )
            one = None
            for row, environment in rows.items():
                rate = steps_per_second(kind, environment)
                one = rate if row == 1 else one
                share, what = "", row
                if isinstance(row, int):
                    what = f"`Remote`, {row} worker{'s' * (row > 1)}"
                    share = f"{rate / (row * one):.0%}"
                cells = name, kind.replace("_", ", "), what, f"{rate:,.0f}", share
                print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    app.run(main)
