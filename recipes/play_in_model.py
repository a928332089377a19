"""Act inside a learned model of an environment, and compare it with the real one.

    python -m recipes.play_in_model                          # cart-pole, in a terminal
    python -m recipes.play_in_model --task=pendulum --steps=2000

Records random episodes, trains a `WorldModel` on them, prints how wrong it is after
1, 2, ... steps, and then lets you play in it: digits act, `s` switches between the
model and the environment at the same observation, `+` and `-` change the horizon, `r`
resets, `q` quits. The status line says how far you have left the training data: there
the model invents.

A saved model is played in with --model=world.keras; --output says where a new one goes.
"""

import pathlib

import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen
from keras_rlgen import environments, play, world_models

FLAGS = flags.FLAGS
flags.DEFINE_enum("task", "cart_pole", ["cart_pole", "pendulum"], "Which environment.")
flags.DEFINE_integer("steps", 1000, "Environment steps to record.")
flags.DEFINE_integer("updates", 1500, "Training steps of the model.")
flags.DEFINE_integer("horizon", 100, "Steps of an episode in the model, at first.")
flags.DEFINE_string("model", None, "A saved `WorldModel` to play in, instead.")
flags.DEFINE_integer("seed", 0, "Random seed.")
flags.DEFINE_string("output", "outputs/play_in_model", "Folder to write to.")

TASKS = {
    "cart_pole": (environments.CartPole, ["left", "right"]),
    "pendulum": (environments.Pendulum, None),
}


def perceptron(inputs, outputs):
    hidden = layers.Dense(32, activation="tanh")
    return keras.Sequential([layers.Input((inputs,)), hidden, layers.Dense(outputs)])


def trained_model(environment):
    """Returns a model trained on the episodes of an agent that has learned nothing."""
    inputs = environment.observation_shape[0]
    outputs = 2 if FLAGS.task == "cart_pole" else 1
    agent = rlgen.agents.PPO(
        actor=perceptron(inputs, outputs),
        critic=perceptron(inputs, 1),
        environment=environment,
        num_environments=4,
        seed=FLAGS.seed,
    )
    experience = agent.record(steps=FLAGS.steps, exploring=True, seed=FLAGS.seed)
    train, held_out = experience.split(0.8, seed=FLAGS.seed)
    print(f"Recorded: {experience}")
    world = rlgen.WorldModel(
        agent.specs, dynamics=world_models.Ensemble(hidden=(64, 64)), seed=FLAGS.seed
    )
    world.compile(keras.optimizers.Adam(1e-3))
    world.fit(train, steps_per_epoch=FLAGS.updates, window=4, verbose=0)
    print(world.report(held_out, horizon=8).table())
    return world


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    make_environment, names = TASKS[FLAGS.task]
    if FLAGS.model:
        world = keras.saving.load_model(FLAGS.model)
    else:
        world = trained_model(make_environment())
        output = pathlib.Path(FLAGS.output)
        output.mkdir(parents=True, exist_ok=True)
        world.save(output / "world.keras")
    session = play.in_terminal(
        world,
        environment=make_environment(),
        horizon=FLAGS.horizon,
        action_names=names,
        seed=FLAGS.seed,
    )
    print(f"Last episode: {session.status()}")


if __name__ == "__main__":
    app.run(main)
