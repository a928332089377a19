"""Learn to control a robot: continuous actions, by proximal policy optimization.

    python -m recipes.ppo_continuous_control        # Pendulum-v1
    python -m recipes.ppo_continuous_control --environment=Hopper-v5 --steps=1000000

The second is a one-legged robot of MuJoCo (`pip install "gymnasium[mujoco]"`; it is in
requirements.lock). Any Gymnasium id with `Box` actions works. MuJoCo renders with
OpenGL: on a machine without, set MUJOCO_GL=egl or osmesa, or pass --norecord.

The actor outputs the means of a normal distribution, with scales that do not depend on
the observation. Writes to --output: `curve.png` (returns against environment steps),
`episodes/` (GIFs), `ppo.keras` to resume from, and `policy/`, a SavedModel that acts
with TensorFlow alone.
"""

import pathlib
import time

import gymnasium
import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_string("environment", "Pendulum-v1", "Gymnasium id.")
flags.DEFINE_integer("steps", 300_000, "Environment steps.")
flags.DEFINE_float("gamma", None, "Discount. Defaults to 0.9 for Pendulum, else 0.99.")
flags.DEFINE_bool("record", True, "Whether to write episodes; MuJoCo needs OpenGL.")
flags.DEFINE_integer("seed", 0, "Random seed.")
flags.DEFINE_string("output", "outputs/ppo_continuous_control", "Folder to write to.")

NUM_ENVIRONMENTS = 8
STEPS_PER_UPDATE = 256
EPOCHS = 30


def mlp(inputs, outputs):
    return keras.Sequential(
        [
            layers.Input((inputs,)),
            layers.Dense(64, activation="tanh"),
            layers.Dense(64, activation="tanh"),
            layers.Dense(outputs),
        ]
    )


def make_agent():
    environment = gymnasium.make(FLAGS.environment)
    inputs, size = (
        environment.observation_space.shape[0],
        environment.action_space.shape[0],
    )
    environment.close()
    actor = mlp(inputs, size)
    actor.add(rlgen.agents.networks.FreeScale())
    default_gamma = 0.9 if FLAGS.environment == "Pendulum-v1" else 0.99
    agent = rlgen.agents.PPO(
        actor=actor,
        critic=mlp(inputs, 1),
        environment=FLAGS.environment,
        num_environments=NUM_ENVIRONMENTS,
        steps_per_update=STEPS_PER_UPDATE,
        epochs=10,
        gamma=FLAGS.gamma or default_gamma,
        normalize_observations=True,
        normalize_rewards=True,
        seed=FLAGS.seed,
    )
    updates = FLAGS.steps // (NUM_ENVIRONMENTS * STEPS_PER_UPDATE)
    minibatches = 10 * NUM_ENVIRONMENTS * STEPS_PER_UPDATE // 256
    rate = keras.optimizers.schedules.PolynomialDecay(
        1e-3, updates * minibatches, end_learning_rate=1e-4
    )
    agent.compile(keras.optimizers.Adam(rate, global_clipnorm=0.5))
    return agent


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    agent = make_agent()
    frame_function = None
    if FLAGS.environment == "Pendulum-v1":
        frame_function = rlgen.callbacks.pendulum_frame
    callbacks = []
    if FLAGS.record:
        recorder = rlgen.callbacks.EpisodeRecorder(
            output / "episodes", every=EPOCHS // 2, frame_function=frame_function
        )
        callbacks.append(recorder)
    start = time.time()
    history = agent.fit(
        epochs=EPOCHS,
        steps_per_epoch=FLAGS.steps // (EPOCHS * NUM_ENVIRONMENTS),
        validation_freq=5,
        verbose=2,
        callbacks=callbacks,
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
    agent.save(output / "ppo.keras")
    agent.export(output / "policy")
    print(f"Curve, episodes, agent and SavedModel are in {output}/")


if __name__ == "__main__":
    app.run(main)
