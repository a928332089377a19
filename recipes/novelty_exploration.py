"""Explore where the only reward is at the end: novelty as an additional reward.

    python -m recipes.novelty_exploration
    python -m recipes.novelty_exploration --task=key_door --novelty=none,counts
    python -m recipes.novelty_exploration --noise=2

A PPO agent learns for --steps environment steps, in one of two tasks whose reward is 1
in the step that reaches the goal and 0 elsewhere: the mountain car, and a grid in which
a key opens the door to the goal. Random actions do not get there. To the environment's
reward is added, for each of --novelty:

- none: nothing;
- rnd: `RandomNetworkDistillation`, the error of a network that learns a random one's
  outputs;
- vae: `Novelty`, the error of reconstruction of a VAE that learns the observations;
- counts: `Counts`, of visits to each state of the grid or to each of 12 x 12 intervals
  of position and velocity.

With --noise there is one more action, to look at a screen that shows as many random
numbers (`NoisyScreen`): what is rewarded for surprise alone may stay there.

Each row is the fraction of the last training episodes that reached the goal, those that
ended in the last twentieth of the steps, and the fraction of these steps that looked at
the screen. Written to --output: `table.txt`,
and `curves.png`, the success of training episodes against environment steps.
"""

import pathlib

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen
from keras_rlgen import rewards

FLAGS = flags.FLAGS
TASKS = {
    "mountain_car": lambda: rlgen.environments.MountainCar(sparse=True),
    "key_door": rlgen.environments.KeyDoor,
}
NOVELTIES = ("none", "rnd", "vae", "counts")
flags.DEFINE_enum("task", "mountain_car", list(TASKS), "Which task.")
flags.DEFINE_list("novelty", list(NOVELTIES), "Which novelties.")
flags.DEFINE_integer("seeds", 1, "How many seeds, from 0.")
flags.DEFINE_integer("steps", 100_000, "Environment steps.")
flags.DEFINE_integer("noise", 0, "Random numbers on the screen; 0 for no screen.")
flags.DEFINE_string("output", "outputs/novelty_exploration", "Folder to write to.")

NUM_ENVIRONMENTS = 8
EPOCHS = 20
WEIGHT = 0.1  # of novelty, beside the environment's reward
BINS = {"mountain_car": [12, 12], "key_door": [9, 17, 2]}  # of each number
NOISE_BINS = 4
# The VAE's output deviation and updates a round.
VAES = {"mountain_car": (0.3, 4), "key_door": (0.1, 32)}


def mlp(inputs, outputs, activation="tanh"):
    return keras.Sequential(
        [
            layers.Input((inputs,)),
            layers.Dense(64, activation),
            layers.Dense(64, activation),
            layers.Dense(outputs),
        ]
    )


def make_environment(task, noise):
    environment = TASKS[task]()
    return rlgen.environments.NoisyScreen(environment, noise) if noise else environment


def make_novelty(kind, task, environment, seed):
    """Returns a reward, or `None`."""
    (size,) = environment.observation_shape
    if kind == "rnd":
        predictor, target = mlp(size, 32, "relu"), mlp(size, 32, "relu")
        return rewards.RandomNetworkDistillation(
            predictor, target, updates=16, batch_size=256, seed=seed
        )
    if kind == "vae":
        deviation, updates = VAES[task]
        vae = rlgen.models.VAE(
            mlp(size, 2 * 2, "relu"),
            mlp(2, size, "relu"),
            2,
            rlgen.distributions.Normal(deviation),
            seed=seed,
        )
        return rewards.Novelty(vae, "reconstruction", updates=updates, seed=seed)
    if kind == "counts":
        low, high = environment.observation_low, environment.observation_high
        noise = size - len(BINS[task])
        return rewards.Counts(low, high, BINS[task] + noise * [NOISE_BINS])
    return None


def looking(transition):
    """Whether the screen was looked at: it shows 0 otherwise."""
    return tf.cast(transition.next_observation[:, -1] > 0.0, tf.float32)


def make_agent(environment, novelty, seed):
    (size,) = environment.observation_shape
    agent = rlgen.agents.PPO(
        mlp(size, environment.action.count),
        mlp(size, 1),
        environment=environment,
        num_environments=NUM_ENVIRONMENTS,
        entropy_weight=0.01,
        normalize_observations=True,
        normalize_rewards=True,
        seed=seed,
    )
    reward = rewards.Environment()
    if novelty is not None:
        # Minus its mean, so that a step more is nothing to gain.
        reward = reward + WEIGHT * rewards.Normalized(novelty)
    if isinstance(environment, rlgen.environments.NoisyScreen):
        reward = reward + 0.0 * rewards.FunctionReward(looking)  # to log it
    agent.compile(
        keras.optimizers.Adam(1e-3, global_clipnorm=0.5),
        reward=reward,
        jit_compile=False,  # It would compile for longer than these agents train.
    )
    return agent


def run(task, kind, noise, steps, seed):
    """Trains one agent.

    Returns:
        Dict of lists, a number for each epoch: environment `steps` so far, `success`,
        the fraction of its episodes that reached the goal, and `looking`, the fraction
        of its steps that looked at the screen, empty without one.
    """
    keras.utils.set_random_seed(seed)
    environment = make_environment(task, noise)
    agent = make_agent(environment, make_novelty(kind, task, environment, seed), seed)
    history = agent.fit(
        epochs=EPOCHS, steps_per_epoch=steps // (EPOCHS * NUM_ENVIRONMENTS), verbose=0
    )
    steps = history.history["environment_steps"]
    success = dict(zip(*history.curve("mean_return"), strict=True))
    return {
        "steps": steps,
        # Not a number for an epoch in which no episode ended.
        "success": [success.get(step, np.nan) for step in steps],
        "looking": history.history.get("reward_looking", []),
    }


def table(results):
    """Returns lines of text, from a dict of rows to the results of every seed."""
    lines = ["novelty   success (mean)  each seed                 looking (mean)"]
    for row, seeds in results.items():
        success = [result["success"][-1] for result in seeds]
        looked = [value for result in seeds for value in result["looking"][-1:]]
        each = " ".join(f"{value:.2f}" for value in success)
        lines.append(
            f"{row:8}  {np.mean(success):14.2f}  {each:24}  "
            + (f"{np.mean(looked):.2f}" if looked else "-")
        )
    return "\n".join(lines)


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    results = {kind: [] for kind in FLAGS.novelty}
    for seed in range(FLAGS.seeds):
        for kind, seeds in results.items():
            seeds.append(run(FLAGS.task, kind, FLAGS.noise, FLAGS.steps, seed))
            print(f"{kind}, seed {seed}: {seeds[-1]['success'][-1]:.2f}", flush=True)
    text = table(results)
    print(text)
    (output / "table.txt").write_text(text + "\n", "utf-8")
    curves = {
        row: (
            seeds[0]["steps"],
            np.mean([result["success"] for result in seeds], axis=0),
        )
        for row, seeds in results.items()
    }
    rlgen.callbacks.write_curves(
        output / "curves.png", curves, "environment steps", "episodes with success"
    )
    print(f"written to {output}: table.txt, curves.png")


if __name__ == "__main__":
    app.run(main)
