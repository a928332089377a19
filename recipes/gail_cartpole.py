"""Learn from an expert's steps, without any reward of the environment: GAIL.

    python -m recipes.gail_cartpole
    python -m recipes.gail_cartpole --seeds=5 --episodes=1 --every=20

An expert records --episodes of 500 steps, of which every --every'th step is kept: 25
steps in all, if nothing is said. A DQN then learns in 40,000 steps, rewarded by a
discriminator that tells its steps from the expert's (`rewards.Imitation`). Beside it:

- cloning: a policy trained on the expert's steps as labels, with no environment;
- constant: the same DQN under a reward of 1, which says nothing;
- random_network: the same DQN under a reward by a discriminator that never learns.

The task has episodes of a fixed length, so that their ends say nothing of success. Each
row is the mean return of 20 episodes, of 500 at most; `steps_to_475` the environment
steps after which the first of the evaluations every 4,000 steps reached 475. Written to
--output: `table.txt`, and `curves.png`, returns against environment steps.
"""

import pathlib

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 1, "How many seeds, from 0.")
flags.DEFINE_integer("episodes", 1, "Episodes of the expert.")
flags.DEFINE_integer("every", 20, "Which of their steps are kept.")
flags.DEFINE_integer("epochs", 10, "Epochs of 4,096 steps.")
flags.DEFINE_integer(
    "expert_steps", 10_240, "Steps of each of the expert's 8 environments."
)
flags.DEFINE_string("output", "outputs/gail_cartpole", "Folder to write to.")

NUM_ENVIRONMENTS = 8
STEPS_PER_EPOCH = 512  # of each of them


def environment():
    return rlgen.environments.FixedHorizonCartPole()


def mlp(outputs, inputs=4):
    return keras.Sequential(
        [
            layers.Input((inputs,)),
            layers.Dense(64, activation="tanh"),
            layers.Dense(64, activation="tanh"),
            layers.Dense(outputs),
        ]
    )


def demonstrations(seed):
    expert = rlgen.agents.PPO(
        mlp(2), mlp(1), environment=environment(), seed=100 + seed
    )
    expert.compile(keras.optimizers.Adam(3e-3))
    expert.fit(epochs=1, steps_per_epoch=FLAGS.expert_steps, verbose=0)
    experience = expert.record(episodes=FLAGS.episodes, seed=seed)
    return experience.subsample(FLAGS.every, seed=seed), mean_return(expert)


def make_dqn(reward, seed):
    agent = rlgen.agents.DQN(
        mlp(2),
        environment=environment(),
        num_environments=NUM_ENVIRONMENTS,
        gamma=0.98,
        epsilon=keras.optimizers.schedules.PolynomialDecay(1.0, 3000, 0.1),
        target_update_period=128,
        warm_up_steps=500,
        seed=seed,
    )
    if not isinstance(reward, rlgen.rewards.Reward):
        reward = reward(agent.specs)
    agent.compile(keras.optimizers.Adam(1e-3), reward=reward)
    return agent


def imitation(experts, seed, updates=4):
    """Returns a function of the agent's specs that makes the reward."""
    return lambda specs: rlgen.rewards.Imitation(
        mlp(1, inputs=6),
        experts,
        specs,
        optimizer=keras.optimizers.Adam(1e-3 if updates else 0.0),
        updates=max(updates, 1),
        batch_size=128,
        input_noise=0.1,
        seed=seed,
    )


def mean_return(agent):
    return agent.evaluate(episodes=20, verbose=0)["mean_return"]


def learn(reward, seed):
    """Returns environment steps and returns after each epoch."""
    agent = make_dqn(reward, seed)
    steps, returns = [], []
    for _ in range(FLAGS.epochs):
        agent.fit(steps_per_epoch=STEPS_PER_EPOCH, verbose=0)
        steps.append(int(agent.environment_steps))
        returns.append(mean_return(agent))
    return steps, returns


def clone(experts, seed):
    agent = rlgen.agents.PPO(mlp(2), mlp(1), environment=environment(), seed=seed)
    agent.compile(keras.optimizers.Adam(1e-3))
    agent.fit(experience=experts, loss="cloning", steps_per_epoch=1000, verbose=0)
    return [0], [mean_return(agent)]


def run(seed):
    """Returns a dict from rows to their steps and returns."""
    keras.utils.set_random_seed(seed)
    experts, expert_return = demonstrations(seed)
    return {
        "expert": ([0], [expert_return]),
        "imitation": learn(imitation(experts, seed), seed),
        "cloning": clone(experts, seed),
        "constant": learn(rlgen.rewards.Constant(1.0), seed),
        "random_network": learn(imitation(experts, seed, updates=0), seed),
    }


def steps_to(steps, returns, target=475.0):
    reached = [
        step for step, value in zip(steps, returns, strict=True) if value >= target
    ]
    return reached[0] if reached else None


def table(runs):
    """Returns lines of text: of each row the return at the end, of every seed."""
    lines = ["row              return (median)  each seed             steps_to_475"]
    for row in runs[0]:
        last = [returns[row][1][-1] for returns in runs]
        reached = [steps_to(*returns[row]) for returns in runs]
        each = " ".join(f"{value:.0f}" for value in last)
        to = " ".join("-" if step is None else str(step) for step in reached)
        lines.append(f"{row:16} {np.median(last):15.1f}  {each:20}  {to}")
    return "\n".join(lines)


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    runs = []
    for seed in range(FLAGS.seeds):
        runs.append(run(seed))
        print(f"seed {seed}\n{table(runs[-1:])}", flush=True)
    text = table(runs)
    if FLAGS.seeds > 1:
        print(f"all seeds\n{text}")
    (output / "table.txt").write_text(text + "\n", "utf-8")
    curves = {
        row: (steps, np.median([each[row][1] for each in runs], axis=0))
        for row, (steps, _) in runs[0].items()
        if row not in ("expert", "cloning")  # One return each.
    }
    rlgen.callbacks.write_curves(
        output / "curves.png", curves, "environment steps", "median return"
    )
    print(f"written to {output}: table.txt, curves.png")


if __name__ == "__main__":
    app.run(main)
