"""Learn to balance a pole by deep Q-learning.

    python -m recipes.dqn_cartpole
    python -m recipes.dqn_cartpole --environment=tensor     # one graph, faster

Trains until two evaluations of twenty episodes in a row reach a return of 475 of 500,
or for --epochs. Writes to --output: `curve.png` (returns against environment
steps), `episodes/` (a GIF of an episode before, during and after), `dqn.keras` to
resume from, and `policy/`, a SavedModel that acts with TensorFlow alone.
"""

import pathlib
import time

import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "environment", "gymnasium", ["gymnasium", "tensor"], "Which CartPole-v1."
)
flags.DEFINE_integer("epochs", 100, "Maximum epochs, of 5,000 steps.")
flags.DEFINE_integer("seed", 0, "Random seed.")
flags.DEFINE_string("output", "outputs/dqn_cartpole", "Folder to write to.")

NUM_ENVIRONMENTS = 8


def make_agent():
    q_network = keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(120, activation="relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(2),
        ]
    )
    if FLAGS.environment == "tensor":
        environment = rlgen.environments.CartPole()
    else:
        environment = "CartPole-v1"
    agent = rlgen.agents.DQN(
        q_network,
        environment,
        num_environments=NUM_ENVIRONMENTS,
        epsilon=keras.optimizers.schedules.PolynomialDecay(1.0, 100_000, 0.05),
        batch_size=128,
        warm_up_steps=10_000,
        updates_per_step=0.1,
        target_update_period=50,
        seed=FLAGS.seed,
    )
    agent.compile(keras.optimizers.Adam(2.5e-4))
    return agent


def main(argv):
    del argv
    if FLAGS.environment != "tensor":  # Which XLA divides among threads.
        tf.config.threading.set_intra_op_parallelism_threads(1)
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    agent = make_agent()
    recorder = rlgen.callbacks.EpisodeRecorder(
        output / "episodes",
        every=10,
        frame_function=rlgen.callbacks.cart_pole_frame,
    )
    start = time.time()
    history = agent.fit(
        epochs=FLAGS.epochs,
        steps_per_epoch=5000 // NUM_ENVIRONMENTS,
        validation_freq=1,
        verbose=2,
        callbacks=[rlgen.callbacks.StopAtReturn(475.0, evaluations=2), recorder],
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
