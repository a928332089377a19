"""Learn an environment by a VAE, and train DQN and PPO with what it generates.

    python -m recipes.vae_experience_dqn
    python -m recipes.vae_experience_dqn --agents=ppo --seeds=5

A conditional VAE learns what follows an observation and an action in CartPole: the
change of the observation, the reward and the end. Decoded samples of it join half of
each batch of the DQN, as sequences of its own policy; PPO, which is on-policy, learns
from imagined episodes that begin in recorded observations. Beside each: the same agent
on real steps alone, and on real steps alone with as many gradient steps.

Prints for each agent a table of the real steps to a mean return of --target. Writes to
--output: `table.md`; `phase_portrait.png`, real and generated transitions of held-out
episodes in the plane of the pole's angle and its velocity; `model.keras`; and the runs,
so that a run that was stopped continues.
"""

import pathlib

import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen
from keras_rlgen import models
from keras_rlgen.pictures import write_phase_portrait

FLAGS = flags.FLAGS
flags.DEFINE_list("agents", ["dqn", "ppo"], "Agents to train.")
flags.DEFINE_integer("seeds", 3, "Runs of each row.")
flags.DEFINE_float("target", 475.0, "The mean return to reach.")
flags.DEFINE_integer("dqn_steps", 5000, "Real steps after which a run of DQN ends.")
flags.DEFINE_integer("ppo_steps", 10_000, "Real steps after which a run of PPO ends.")
flags.DEFINE_integer("imagined_steps", 81_920, "Imagined steps of PPO in a round.")
flags.DEFINE_integer("refit_steps", 500, "Batches of the VAE in a round.")
flags.DEFINE_integer("recorded_steps", 2000, "Steps of the phase portrait's model.")
flags.DEFINE_integer("epochs", 100, "Epochs of the phase portrait's model.")
flags.DEFINE_integer("seed", 0, "Random seed, and the first one of the runs.")
flags.DEFINE_string("output", "outputs/vae_experience_dqn", "Folder to write to.")

LATENT_DIM = 4


def mlp(outputs, activation="relu"):
    return keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(64, activation=activation),
            layers.Dense(64, activation=activation),
            layers.Dense(outputs),
        ]
    )


def with_condition(inputs, condition, outputs):
    both = [layers.Input((inputs,)), layers.Input((condition,))]
    x = layers.Concatenate()(both)
    for _ in range(2):
        x = layers.Dense(128, activation="silu")(x)
    return keras.Model(both, layers.Dense(outputs)(x))


def vae(specs, seed):
    """Returns the compiled model of transitions."""
    sizes = models.TransitionVectors(specs)
    model = models.VAE(
        with_condition(sizes.sample_dim, sizes.condition_dim, 2 * LATENT_DIM),
        with_condition(LATENT_DIM, sizes.condition_dim, sizes.sample_dim),
        LATENT_DIM,
        rlgen.distributions.Normal(1.0, learned=True),
        conditions=models.VectorCondition(sizes.condition_dim),
        seed=seed,
    )
    generator = models.ExperienceGenerator(model, specs, seed=seed)
    generator.compile(keras.optimizers.Adam(1e-3), steps_per_execution=50)
    return generator


def make_dqn(seed):
    agent = rlgen.agents.DQN(
        mlp(2),
        rlgen.environments.CartPole(),
        num_environments=4,
        epsilon=keras.optimizers.schedules.PolynomialDecay(1.0, 3000, 0.05),
        warm_up_steps=500,
        updates_per_step=0.5,
        seed=seed,
    )
    agent.compile(keras.optimizers.Adam(1e-3))
    return agent


def make_ppo(seed):
    agent = rlgen.agents.PPO(
        mlp(2, "tanh"),
        mlp(1, "tanh"),
        environment=rlgen.environments.CartPole(),
        num_environments=64,
        steps_per_update=64,
        epochs=10,
        minibatch_size=512,
        seed=seed,
    )
    agent.compile(keras.optimizers.Adam(1e-3))
    return agent


def compare(kind, output):
    """Returns the table of one agent."""
    is_dqn = kind == "dqn"
    return rlgen.evaluation.compare_experience(
        make_dqn if is_dqn else make_ppo,
        {"real only": None, "same updates": "same_updates", "with a VAE": vae},
        target=FLAGS.target,
        seeds=range(FLAGS.seed, FLAGS.seed + FLAGS.seeds),
        steps=FLAGS.dqn_steps if is_dqn else FLAGS.ppo_steps,
        steps_between=500 if is_dqn else 128,
        refit_steps=FLAGS.refit_steps,
        imagined_steps=FLAGS.imagined_steps,
        real_environments=1,
        output=output / kind,
    )


def draw_transitions(output):
    """Trains a VAE on recorded steps, and draws what it makes of held-out ones."""
    agent = make_dqn(FLAGS.seed)
    experience = agent.record(
        steps=FLAGS.recorded_steps, exploring=True, seed=FLAGS.seed
    )
    train, held_out = experience.split(0.8, seed=FLAGS.seed)
    generator = vae(agent.specs, FLAGS.seed)
    generator.fit(train, epochs=FLAGS.epochs, verbose=0)
    for name, value in generator.evaluate(held_out).items():
        print(f"{name:<24} {value:.4f}")
    real = held_out.transitions()
    generated = generator.generate(real.observation, real.action, seed=FLAGS.seed)
    write_phase_portrait(
        output / "phase_portrait.png",
        {"real": real, "generated by the VAE": generated},
        axes=(2, 3),
        labels=("angle of the pole (radians)", "angular velocity (radians/s)"),
        max_arrows=100,
    )
    generator.save(output / "model.keras")


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    draw_transitions(output)
    text = ""
    for kind in FLAGS.agents:
        text += f"{kind.upper()}\n\n{compare(kind, output)}\n\n"
    print(f"\n{text}")
    (output / "table.md").write_text(text, "utf-8")
    print(f"The table, the phase portrait and the model are in {output}/")


if __name__ == "__main__":
    app.run(main)
