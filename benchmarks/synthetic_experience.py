"""Real steps that agents need with generated experience, and without.

    python -m benchmarks.synthetic_experience --cells=cart_pole:ppo --seeds=10

For each cell (task and agent), row and seed: trains an agent until its mean return in
an evaluation of twenty episodes reaches the target (cart_pole 475, acrobot -100,
pendulum -200), and counts the steps in the environment; see
`keras_rlgen.evaluation.compare_experience`, which does it.

PPO learns from imagined steps alone, in episodes of 64 steps that begin in recorded
observations. Its real steps are collected in one environment by its exploring policy,
and the model is trained on all of them before each round of imagination. DQN and SAC
learn from batches of which one half is generated, as sequences of `n_step` steps of
their own policy. `dqn_imagined` is a DQN that learns from imagined steps alone, as PPO.

Rows:

- `real_only`: the agent alone. PPO learns from one environment, once for as many steps
  as are collected between two trainings of a model.
- `same_updates`: the agent alone, with as many gradient steps as all following rows.
- `jitter`: half of each batch is the agent's own steps with noise (not for PPO).
- `vae`, `gan`, `flow`, `autoregressive`: a conditional model of that family.
- `dynamics`: an ensemble of five plain networks. `dynamics_gate`: of DQN and SAC,
  without steps on which its members disagree more than on 90% of held-out steps.

Prints a Markdown table for each cell. Runs are stored in --output, and finished ones
are skipped.
"""

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen
from keras_rlgen import environments, models, replay

FLAGS = flags.FLAGS
flags.DEFINE_list("cells", ["cart_pole:ppo"], "Cells, each a task and an agent.")
flags.DEFINE_list("rows", None, "Rows. By default all of the agent.")
flags.DEFINE_integer("seeds", 10, "Seeds of each row.")
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_string("output", "outputs/synthetic_experience", "Folder of the runs.")

TASKS = {
    "cart_pole": (environments.CartPole, 4, 2),
    "acrobot": (environments.Acrobot, 6, 3),
    "pendulum": (environments.Pendulum, 3, 1),
}
SETTINGS = {
    "cart_pole:ppo": {
        "target": 475.0,
        "steps": 12_800,
        "steps_between": 128,
        "refit_steps": 500,
        "imagined_steps": 81_920,
        "real_environments": 1,
    },
    "cart_pole:dqn": {
        "target": 475.0,
        "steps": 5000,
        "steps_between": 500,
        "refit_steps": 300,
    },
    "cart_pole:dqn_imagined": {
        "target": 475.0,
        "steps": 5000,
        "steps_between": 128,
        "refit_steps": 500,
        "imagined_steps": 20_480,
        "real_environments": 1,
        "imagined": True,
    },
    "acrobot:ppo": {
        "target": -100.0,
        "steps": 20_000,
        "steps_between": 1000,
        "refit_steps": 1000,
        "imagined_steps": 163_840,
        "real_environments": 1,
    },
    "acrobot:dqn": {
        "target": -100.0,
        "steps": 12_000,
        "steps_between": 1000,
        "refit_steps": 600,
    },
    "pendulum:ppo": {
        "target": -200.0,
        "steps": 10_000,
        "steps_between": 400,
        "refit_steps": 1000,
        "imagined_steps": 163_840,
        "real_environments": 1,
    },
    "pendulum:sac": {
        "target": -200.0,
        "steps": 8000,
        "steps_between": 400,
        "refit_steps": 400,
    },
}


def mlp(inputs, outputs, activation="relu", units=64):
    return keras.Sequential(
        [
            layers.Input((inputs,)),
            layers.Dense(units, activation=activation),
            layers.Dense(units, activation=activation),
            layers.Dense(outputs),
        ]
    )


def critic(inputs, actions):
    """Returns a network of the value of an observation and an action."""
    both = [layers.Input((inputs,)), layers.Input((actions,))]
    return keras.Model(both, mlp(inputs + actions, 1)(layers.Concatenate()(both)))


def with_condition(inputs, condition, outputs, units=128):
    """Returns a network of two inputs."""
    both = [layers.Input((inputs,)), layers.Input((condition,))]
    x = layers.Concatenate()(both)
    for _ in range(2):
        x = layers.Dense(units, activation="silu")(x)
    return keras.Model(both, layers.Dense(outputs)(x))


def vae(specs, seed):
    sizes, latent_dim = models.TransitionVectors(specs), 4
    model = models.VAE(
        with_condition(sizes.sample_dim, sizes.condition_dim, 2 * latent_dim),
        with_condition(latent_dim, sizes.condition_dim, sizes.sample_dim),
        latent_dim,
        rlgen.distributions.Normal(1.0, learned=True),
        conditions=models.VectorCondition(sizes.condition_dim),
        seed=seed,
    )
    return compiled(models.ExperienceGenerator(model, specs, seed=seed))


def gan(specs, seed):
    model = models.TransitionGAN(specs=specs, seed=seed)
    model.compile(steps_per_execution=50)
    return model


def flow(specs, seed):
    sizes = models.TransitionVectors(specs)
    layers = models.vector_flow(
        sizes.sample_dim, num_couplings=4, condition_dim=sizes.condition_dim, seed=seed
    )
    condition = models.VectorCondition(sizes.condition_dim)
    model = models.RealNVP(layers, (sizes.sample_dim,), conditions=condition, seed=seed)
    return compiled(models.ExperienceGenerator(model, specs, noise=0.05, seed=seed))


def autoregressive(specs, seed):
    sizes = models.TransitionVectors(specs)
    network = models.masked_network(sizes.sample_dim, sizes.condition_dim, seed=seed)
    condition = models.VectorCondition(sizes.condition_dim)
    model = models.MADE(network, conditions=condition, seed=seed)
    return compiled(models.ExperienceGenerator(model, specs, seed=seed))


def dynamics(specs, seed):
    sizes = models.TransitionVectors(specs)
    network = mlp(sizes.condition_dim, sizes.sample_dim, "silu", units=128)
    model = models.DynamicsNetwork(network, seed=seed)
    model = models.ExperienceGenerator(model, specs, seed=seed)
    return compiled(models.ExperienceEnsemble(model, size=5, seed=seed))


def compiled(model):
    model.compile(keras.optimizers.Adam(1e-3), steps_per_execution=50)
    return model


FAMILIES = {
    "vae": vae,
    "gan": gan,
    "flow": flow,
    "autoregressive": autoregressive,
    "dynamics": dynamics,
}


def dynamics_gate(settings):
    """Returns the source of a row: an ensemble with a gate."""

    def source(specs, seed):
        return replay.Synthetic(
            dynamics(specs, seed),
            refit_every=settings["steps_between"],
            refit_steps=settings["refit_steps"],
            batch_size=128,
            gate=replay.Disagreement(0.9),
        )

    return source


def make_agent(task, kind, seed):
    environment, inputs, actions = TASKS[task]
    options = {"environment": environment(), "seed": seed}
    if kind == "ppo":
        actor = mlp(inputs, actions, "tanh")
        if task == "pendulum":
            actor.add(rlgen.agents.networks.FreeScale())
            options["gamma"] = 0.9
        if task != "cart_pole":
            options |= {"normalize_observations": True, "normalize_rewards": True}
        agent = rlgen.agents.PPO(
            actor,
            mlp(inputs, 1, "tanh"),
            num_environments=64,
            steps_per_update=64,
            epochs=10,
            minibatch_size=512,
            **options,
        )
    elif kind == "dqn_imagined":
        agent = rlgen.agents.DQN(
            mlp(inputs, actions),
            num_environments=64,
            epsilon=0.1,
            warm_up_steps=2000,
            updates_per_step=0.125,
            replay_capacity=50_000,
            **options,
        )
    elif kind == "dqn":
        steps = 3000 if task == "cart_pole" else 5000
        agent = rlgen.agents.DQN(
            mlp(inputs, actions),
            num_environments=4,
            epsilon=keras.optimizers.schedules.PolynomialDecay(1.0, steps, 0.05),
            warm_up_steps=500,
            updates_per_step=0.5,
            **options,
        )
    else:
        agent = rlgen.agents.SAC(
            mlp(inputs, 2 * actions),
            critic(inputs, actions),
            num_environments=4,
            warm_up_steps=400,
            updates_per_step=0.5,
            **options,
        )
    agent.compile(keras.optimizers.Adam(1e-3))
    return agent


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    seeds = range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds)
    for cell in FLAGS.cells:
        task, kind = cell.split(":")
        settings = SETTINGS[cell]
        sources = {"real_only": None, "same_updates": "same_updates"}
        if kind != "ppo":
            sources["jitter"] = "jitter"
        sources.update(FAMILIES)
        if kind != "ppo":
            sources["dynamics_gate"] = dynamics_gate(settings)
        if FLAGS.rows:
            sources = {row: sources[row] for row in FLAGS.rows}
        table = rlgen.evaluation.compare_experience(
            lambda seed, task=task, kind=kind: make_agent(task, kind, seed),
            sources,
            seeds=seeds,
            output=f"{FLAGS.output}/{task}_{kind}",
            **settings,
        )
        print(f"\n{cell}\n\n{table}\n", flush=True)


if __name__ == "__main__":
    app.run(main)
