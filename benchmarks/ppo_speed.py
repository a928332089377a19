"""Steps per second of PPO on the tensor CartPole, beside PureJaxRL.

    git clone https://github.com/luchris429/purejaxrl
    python -m venv JAX
    JAX/bin/pip install jax==0.10.2 flax optax distrax gymnax==0.0.8
    python -m benchmarks.ppo_speed --jax=JAX/bin/python --purejaxrl=purejaxrl/purejaxrl

Both train the same networks (two of two hidden layers of 64) by the same updates: four
epochs of four minibatches of 256, clipped ratios, values and gradients, an entropy
bonus. PureJaxRL compiles the whole training, ours runs by `fit`. Runs of `--rounds`
rounds alternate; a round is 1,024 steps and sixteen updates. To pin both to one core:
`taskset -c 0 python -m ...`.
"""

import json
import statistics
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
from absl import app, flags
from keras import layers

from benchmarks.peer_process import PeerProcess
from keras_rlgen import agents, environments

FLAGS = flags.FLAGS
flags.DEFINE_string("jax", None, "Interpreter with jax.", required=True)
flags.DEFINE_string("purejaxrl", None, "Folder of its `ppo.py`.", required=True)
flags.DEFINE_integer("rounds", 300, "Rounds of acting and learning of a run.")
flags.DEFINE_integer("repeats", 7, "Runs of each.")
flags.DEFINE_list("environments", "8,64", "Numbers of environments.")

FRAMES = 1024
LEARNING_RATE, CLIP, ENTROPY, NORM = 2.5e-4, 0.2, 0.01, 0.5
OPTIONS = {
    "LR": LEARNING_RATE,
    "UPDATE_EPOCHS": 4,
    "NUM_MINIBATCHES": 4,
    "GAMMA": 0.99,
    "GAE_LAMBDA": 0.95,
    "CLIP_EPS": CLIP,
    "ENT_COEF": ENTROPY,
    "VF_COEF": 0.5,
    "MAX_GRAD_NORM": NORM,
}


def mlp(outputs):
    hidden = [layers.Dense(64, "tanh") for _ in range(2)]
    return keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(outputs)])


def make_agent(num_environments):
    agent = agents.PPO(
        mlp(2),
        mlp(1),
        environment=environments.CartPole(),
        num_environments=num_environments,
        steps_per_update=FRAMES // num_environments,
        epochs=4,
        minibatch_size=256,
        clip_ratio=CLIP,
        value_clip=CLIP,
        entropy_weight=ENTROPY,
        seed=1,
    )
    adam = keras.optimizers.Adam(LEARNING_RATE, epsilon=1e-5, global_clipnorm=NORM)
    agent.compile(adam)
    return agent


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(num_environments, peer):
    steps = FRAMES // num_environments
    start = time.perf_counter()
    agent = make_agent(num_environments)
    agent.fit(epochs=1, steps_per_epoch=steps, verbose=0)
    first = time.perf_counter() - start

    def fit():
        agent.fit(epochs=1, steps_per_epoch=steps * FLAGS.rounds, verbose=0)

    def ask():
        return peer.ask(environments=num_environments, steps=steps, rounds=FLAGS.rounds)

    fit()
    peer_first = ask()["first"]
    runs = [(seconds(fit), ask()["seconds"]) for _ in range(FLAGS.repeats)]
    ratios = [theirs / ours for ours, theirs in runs]
    ours, theirs = (statistics.median(x) for x in zip(*runs, strict=True))
    rate = FRAMES * FLAGS.rounds
    print(
        f"| {num_environments} | {rate / ours:,.0f} | {rate / theirs:,.0f} | "
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f} - {max(ratios):.2f}) | "
        f"{first:.1f} | {peer_first:.1f} |",
        flush=True,
    )


def main(_):
    options = json.dumps(OPTIONS)
    peer = PeerProcess(FLAGS.jax, "ppo_purejaxrl.py", FLAGS.purejaxrl, options)
    print("| environments | steps/s | PureJaxRL | ratio | first (s) | PureJaxRL |")
    print("| --- | --- | --- | --- | --- | --- |")
    for num_environments in map(int, FLAGS.environments):
        measure(num_environments, peer)


if __name__ == "__main__":
    app.run(main)
