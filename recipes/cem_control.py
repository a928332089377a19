"""Control a robot by planning in a learned model: PETS, with a learned reward.

    python -m recipes.cem_control                            # Pendulum, in tensors
    python -m recipes.cem_control --task=swing_up
    python -m recipes.cem_control --task=Reacher-v5 --trials=20

An ensemble of networks learns what follows an observation and an action: the next
observation, the reward, and the end. Before each step the cross-entropy method searches
a sequence of actions in it, and the first is taken. After each episode, a *trial*, the
model is trained on all steps so far. No reward function and no condition of an end are
given. The first steps are random.

Tasks are `cart_pole` (continuous), `pendulum` and `swing_up`, in tensors, and any
Gymnasium id of vectors and continuous actions: `Pendulum-v1`; those of MuJoCo
(`InvertedPendulum-v5`, `Reacher-v5`, `HalfCheetah-v5`) need
`pip install "gymnasium[mujoco]"`, it is in requirements.lock. Without it, the recipe
says so and controls the tensor pendulum.

Writes to --output: `curve.png` (return of each trial), `dream/` (the last episode,
imagined beside real under the same actions: a GIF and a fan chart), `world.keras`, and
`planner/`, a SavedModel that plans with TensorFlow alone.

Reference: Chua et al., 2018, https://arxiv.org/abs/1805.12114.
"""

import pathlib
import time
from typing import Any, NamedTuple

import gymnasium
import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from keras_rlgen import environments, planning, world_models

FLAGS = flags.FLAGS
flags.DEFINE_string("task", "pendulum", "A task, or a Gymnasium id.")
flags.DEFINE_integer("trials", 10, "Episodes of the planner.")
flags.DEFINE_integer("horizon", None, "Steps of a sequence. Defaults to the task's.")
flags.DEFINE_integer("population", None, "Sequences of an iteration, likewise.")
flags.DEFINE_integer("iterations", None, "Iterations of the search, likewise.")
flags.DEFINE_integer("particles", 5, "Simulations of a sequence, one by each member.")
flags.DEFINE_integer("updates", 1000, "Training steps of the model before each trial.")
flags.DEFINE_integer("units", 32, "Units of each of the two hidden layers.")
flags.DEFINE_integer("seed", 0, "Random seed.")
flags.DEFINE_string("output", "outputs/cem_control", "Folder to write to.")


class Task(NamedTuple):
    environment: Any
    horizon: int  # steps of a plan
    population: int = 200
    iterations: int = 4
    random_steps: int = 200  # before the first trial
    gamma: float = 1.0
    action_repeat: int = 1  # environment steps of a step of the planner


TASKS = {
    "cart_pole": Task(environments.ContinuousCartPole(), horizon=50),
    "pendulum": Task(environments.Pendulum(), 15, population=100, iterations=3),
    "swing_up": Task(
        environments.CartPoleSwingUp(max_episode_steps=200, action_repeat=5),
        horizon=25,
        iterations=3,
        action_repeat=5,
    ),
    "InvertedPendulum-v5": Task("InvertedPendulum-v5", horizon=30),
    "Reacher-v5": Task("Reacher-v5", horizon=15, iterations=3, random_steps=500),
}


def task_named(name):
    """Returns the `Task`; the tensor pendulum where MuJoCo is missing."""
    task = TASKS.get(name) or Task(name, horizon=20)
    if isinstance(task.environment, str):
        try:
            environments.make_vector_environment(task.environment).close()
        except (ImportError, ValueError, gymnasium.error.Error) as error:
            print(f"{name} cannot be made ({error}). Pendulum, in tensors, instead.")
            return TASKS["pendulum"]
    return task


def make_planners(task, seed):
    """Returns the world model, the planner in it, and one of random actions."""
    environment = task.environment
    population = FLAGS.population or task.population
    search = planning.CrossEntropy(
        horizon=FLAGS.horizon or task.horizon,
        population=population,
        iterations=FLAGS.iterations or task.iterations,
        elites=max(population // 10, 1),
        particles=FLAGS.particles,
    )
    world = rlgen.WorldModel(
        rlgen.agents.specs_of(environment),
        dynamics=world_models.Ensemble(members=5, hidden=(FLAGS.units, FLAGS.units)),
        hidden=(FLAGS.units, FLAGS.units),
        seed=seed,
    )
    world.compile(keras.optimizers.Adam(1e-3))
    random = planning.RandomShooting(horizon=1, population=1, scale=1.0)
    planners = (
        rlgen.agents.Planner(
            world, strategy, environment=environment, gamma=task.gamma, seed=seed
        )
        for strategy in (search, random)
    )
    return world, *planners


def run(task, seed, trials, enough=lambda returns: False):
    """Trains and plans in alternation, until the returns of the trials are enough.

    Returns:
        A tuple: the returns of the trials, the environment steps before each and after
        the last, the world model, the planner, and the last episode.
    """
    world, planner, random = make_planners(task, seed)
    experience = random.record(steps=task.random_steps, exploring=True, seed=seed)
    returns, steps = [], [len(experience) * task.action_repeat]
    for trial in range(trials):
        start = time.time()
        world.fit(
            experience,
            steps_per_epoch=FLAGS.updates,
            window=4,
            batch_size=128,
            verbose=0,
        )
        trained = time.time()
        episode = planner.record(episodes=1, seed=1000 * seed + trial)
        experience = rlgen.Experience.concatenate([experience, episode])
        returns.append(episode.mean_return)
        steps.append(len(experience) * task.action_repeat)
        print(
            f"trial {trial + 1}: return {returns[-1]:.1f}, {steps[-1]} real steps; "
            f"{trained - start:.0f} s training, {time.time() - trained:.0f} s planning",
            flush=True,
        )
        if enough(returns):
            break
    return returns, steps, world, planner, episode


def draw(output, returns, steps, world, episode, environment):
    rlgen.callbacks.write_curves(
        output / "curve.png", {"planner": (steps[1:], returns)}, "real steps", "return"
    )
    monitor = rlgen.callbacks.DreamMonitor(
        output / "dream", episode, world, environment=environment
    )
    monitor.set_model(world)
    monitor.on_train_begin()
    monitor.on_train_end()


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    task = task_named(FLAGS.task)
    returns, steps, world, planner, episode = run(task, FLAGS.seed, FLAGS.trials)
    errors = world.evaluate(episode, horizon=min(16, len(episode)))
    print({name: round(value, 3) for name, value in errors.items()})
    print(f"Best trial: {np.max(returns):.1f}")
    draw(output, returns, steps, world, episode, task.environment)
    world.save(output / "world.keras")
    planner.export(output / "planner")
    print(f"Curve, dream, model and SavedModel are in {output}/")


if __name__ == "__main__":
    app.run(main)
