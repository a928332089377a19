"""Train a DQN and a GAN of its environment's transitions together, as one model.

    python -m recipes.dqn_gan_control
    python -m recipes.dqn_gan_control --task=acrobot

The GAN learns what follows an observation and an action; half of each batch of the DQN
is generated, weighed by the discriminator. Beside it, the same DQN is trained on as
many real steps with as many updates, on real steps alone: the control. Expect no gain
in return; see docs/benchmarks.md.

Prints both evaluations and how far the model is from held-out episodes. Writes to
--output: `curve.png` (returns against environment steps), `losses.png` (the three
losses, each minimised by its owner), `joint.keras` to resume from, and `saved_model/`
with `policy` and `generator`, which need TensorFlow alone.
"""

import pathlib

import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_enum("task", "cart_pole", ["cart_pole", "acrobot"], "The environment.")
flags.DEFINE_integer("epochs", 16, "Epochs.")
flags.DEFINE_integer("steps", 500, "Environment steps of an epoch.")
flags.DEFINE_float("ratio", 0.5, "Part of each batch that is generated.")
flags.DEFINE_integer("refit_steps", 300, "Batches of the GAN after each epoch.")
flags.DEFINE_integer("episodes", 50, "Episodes of the last evaluation.")
flags.DEFINE_integer("seed", 0, "Random seed.")
flags.DEFINE_string("output", "outputs/dqn_gan_control", "Folder to write to.")

TASKS = {
    "cart_pole": (rlgen.environments.CartPole, 4, 2),
    "acrobot": (rlgen.environments.Acrobot, 6, 3),
}
NUM_ENVIRONMENTS = 4


def make_agent():
    environment, inputs, actions = TASKS[FLAGS.task]
    q_network = keras.Sequential(
        [
            layers.Input((inputs,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(actions),
        ]
    )
    return rlgen.agents.DQN(
        q_network,
        environment(),
        num_environments=NUM_ENVIRONMENTS,
        epsilon=keras.optimizers.schedules.PolynomialDecay(1.0, 3000, 0.05),
        warm_up_steps=FLAGS.steps,
        updates_per_step=2.0,
        seed=FLAGS.seed,
    )


def train(model):
    return model.fit(
        epochs=FLAGS.epochs,
        steps_per_epoch=FLAGS.steps // NUM_ENVIRONMENTS,
        validation_freq=1,
        validation_episodes=20,
        verbose=2,
    )


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)

    agent = make_agent()
    model = rlgen.models.TransitionGAN(specs=agent.specs, seed=FLAGS.seed)
    joint = rlgen.rl_models.JointControl(agent, model)
    joint.compile(
        keras.optimizers.Adam(1e-3),
        ratio=FLAGS.ratio,
        refit_every=FLAGS.steps,
        refit_steps=FLAGS.refit_steps,
        batch_size=128,
        model_options={"steps_per_execution": 50},
    )
    history = train(joint)

    control = make_agent()
    control.compile(keras.optimizers.Adam(1e-3))
    control_history = train(control)

    rlgen.callbacks.write_curves(
        output / "curve.png",
        {
            "with generated steps": returns(history),
            "real steps alone, same updates": returns(control_history),
        },
        "environment steps",
        "mean return",
    )
    steps, losses = history.curve("loss")
    rlgen.callbacks.write_curves(
        output / "losses.png",
        {
            "discriminator": history.curve("model_discriminator_loss"),
            "generator": history.curve("model_generator_loss"),
            "log10 of the DQN's": (steps, [log10(x) for x in losses]),
        },
        "environment steps",
        "loss",
    )
    held_out = agent.record(episodes=20, exploring=True, seed=FLAGS.seed + 1)
    scores = joint.evaluate(FLAGS.episodes, held_out, seed=1, verbose=0)
    of_control = control.evaluate(FLAGS.episodes, seed=1, verbose=0)
    print(f"return with generated steps     {scores['mean_return']:.1f}")
    print(f"return on real steps alone      {of_control['mean_return']:.1f}")
    for name, value in scores.items():
        if name.startswith("model_"):
            print(f"{name:<31} {value:.4f}")
    joint.save(output / "joint.keras")
    joint.export(output / "saved_model", verbose=False)
    print(f"Curves, model and SavedModels are in {output}/")


def returns(history):
    return history.curve("val_mean_return")


def log10(value):
    return float(keras.ops.log10(max(value, 1e-8)))


if __name__ == "__main__":
    app.run(main)
