"""Learn to play a game from its grid, by deep Q-learning.

    python -m recipes.dqn_game                  # needs minigrid, in requirements.lock

MiniGrid's dynamic obstacles: walk to the green square while balls roll about; touching
one ends the game with -1, reaching the square gives up to 1, less the longer it takes.
The network sees the 7 x 7 cells in front of the player, three numbers each.

Writes to --output: `curve.png` (returns against environment steps), `episodes/` (a GIF
of a game before, during and after), `dqn.keras` to resume from, and `policy/`, a
SavedModel that plays with TensorFlow alone.
"""

import functools
import pathlib
import time

import gymnasium
import keras
import minigrid  # noqa: F401  (registers its ids)
import tensorflow as tf
from absl import app, flags
from keras import layers
from minigrid.wrappers import ImgObsWrapper

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_string("game", "MiniGrid-Dynamic-Obstacles-6x6-v0", "MiniGrid id.")
flags.DEFINE_integer("epochs", 30, "Epochs of 4,000 environment steps.")
flags.DEFINE_integer("seed", 0, "Random seed.")
flags.DEFINE_string("output", "outputs/dqn_game", "Folder to write to.")

NUM_ENVIRONMENTS = 8


def make_game(render_mode=None):
    """Returns the game, observed as a uint8 array (7, 7, 3)."""
    return ImgObsWrapper(gymnasium.make(FLAGS.game, render_mode=render_mode))


def make_agent():
    num_actions = int(make_game().action_space.n)
    q_network = keras.Sequential(
        [
            layers.Input((7, 7, 3), dtype="uint8"),
            layers.Rescaling(1 / 10),
            layers.Conv2D(16, 2, activation="relu"),
            layers.Conv2D(32, 2, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(num_actions),
        ]
    )
    steps = 4000 * FLAGS.epochs
    agent = rlgen.agents.DQN(
        q_network,
        make_game,
        num_environments=NUM_ENVIRONMENTS,
        gamma=0.95,
        n_step=3,
        updates_per_step=0.25,
        epsilon=keras.optimizers.schedules.PolynomialDecay(1.0, steps // 3, 0.05),
        seed=FLAGS.seed,
    )
    agent.compile(keras.optimizers.Adam(5e-4))
    return agent


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    agent = make_agent()
    recorder = rlgen.callbacks.EpisodeRecorder(
        output / "episodes",
        every=FLAGS.epochs // 2,
        environment=functools.partial(make_game, "rgb_array"),
    )
    start = time.time()
    history = agent.fit(
        epochs=FLAGS.epochs,
        steps_per_epoch=4000 // NUM_ENVIRONMENTS,
        validation_freq=5,
        verbose=2,
        callbacks=[recorder],
    )
    steps = history.history["environment_steps"]
    print(f"{steps[-1]:.0f} environment steps in {time.time() - start:.0f} s")
    rlgen.callbacks.write_curves(
        output / "curve.png",
        {
            "while learning, with exploration": history.curve("mean_return"),
            "evaluation": history.curve("val_mean_return"),
        },
        "environment steps",
        "mean return",
    )
    agent.evaluate(episodes=100, seed=1)
    agent.save(output / "dqn.keras")
    agent.export(output / "policy")
    print(f"Curve, episodes, agent and SavedModel are in {output}/")


if __name__ == "__main__":
    app.run(main)
