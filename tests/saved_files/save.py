"""The models of this folder's `.keras` files, and how their training goes on.

The files were made by commit eb16154 with `python -m tests.saved_files.save`, and
`expected.json` by training on from them. They stay as they are: they show that later
code still reads what was saved then. Only what `reward_tuner` goes on to is of later
code, which tunes a `PixelCNN` by pixels. To read the files needs few names of the
package, so names are looked up where they are used.
"""

import json
import math
import pathlib
import zipfile

import keras
import numpy as np

import keras_rlgen as rlgen

Adam = keras.optimizers.Adam
layers = keras.layers

FOLDER = pathlib.Path(__file__).parent
OP_BY_OP = {"run_eagerly": True, "jit_compile": False}  # Graphs take seconds to make.
NUM_SAMPLES = 24


def points():
    random = np.random.default_rng(0)
    return random.normal(1.0, 0.5, (NUM_SAMPLES, 2)).astype("float32")


def bits():
    random = np.random.default_rng(1)
    return random.integers(0, 2, (NUM_SAMPLES, 4)).astype("float32")


def images():
    """Returns images `(4, 4, 1)` of two values."""
    random = np.random.default_rng(2)
    return random.choice([-1.0, 1.0], (NUM_SAMPLES, 4, 4, 1)).astype("float32")


def labels():
    return np.arange(NUM_SAMPLES) % 3


# Networks


def dense(units, activation=None, seed=0):
    return layers.Dense(
        units, activation, kernel_initializer=keras.initializers.GlorotUniform(seed)
    )


def network(inputs, outputs, seed, *last):
    """Returns a network of vectors; `last` are the layers at its end."""
    hidden = [layers.Input((inputs,)), dense(4, "tanh", seed)]
    return keras.Sequential([*hidden, dense(outputs, seed=seed + 1), *last])


def joint_network(shapes, outputs, seed, *last):
    """Returns a network of two inputs, which sees them flat beside each other."""
    inputs = [layers.Input(shape) for shape in shapes]
    joined = layers.Concatenate()([layers.Flatten()(x) for x in inputs])
    x = dense(outputs, seed=seed + 1)(dense(4, "tanh", seed)(joined))
    for layer in last:
        x = layer(x)
    return keras.Model(inputs, x)


def labelled_network(inputs, outputs, seed):
    """Returns a network of vectors and labels."""
    vectors, classes = layers.Input((inputs,)), layers.Input((), dtype="int32")
    initializer = keras.initializers.RandomNormal(seed=seed)
    embedding = layers.Embedding(3, 2, embeddings_initializer=initializer)
    joined = layers.Concatenate()([vectors, embedding(classes)])
    hidden = dense(4, "tanh", seed + 1)(joined)
    return keras.Model([vectors, classes], dense(outputs, seed=seed + 2)(hidden))


def image_discriminator(seed):
    return keras.Sequential(
        [layers.Input((4, 4, 1)), layers.Flatten(), dense(1, seed=seed)]
    )


# Generative models


def gan():
    model = rlgen.GAN(
        network(2, 2, 1), network(2, 1, 3), latent_dim=2, ema_momentum=0.9, seed=0
    )
    model.compile(
        Adam(0.01),
        Adam(0.01),
        loss=rlgen.losses.Hinge(rlgen.losses.R1Penalty(0.1)),
        metrics=["frechet_distance"],
        **OP_BY_OP,
    )
    return model


def conditional_gan():
    model = rlgen.ConditionalGAN(
        labelled_network(2, 2, 1),
        labelled_network(2, 1, 5),
        latent_dim=2,
        num_classes=3,
        seed=0,
    )
    model.compile(Adam(0.01), Adam(0.01), loss="wasserstein", **OP_BY_OP)
    return model


def vae():
    model = rlgen.VAE(
        network(2, 4, 1),
        network(2, 2, 3),
        latent_dim=2,
        distribution=rlgen.distributions.Normal(1.0, learned=True),
        prior="learned",
        seed=0,
    )
    beta = keras.optimizers.schedules.PolynomialDecay(0.1, 20, 1.0)
    model.compile(Adam(0.01), beta=beta, **OP_BY_OP)
    return model


def categorical_vae():
    decoder = keras.Sequential(
        [layers.Input((2, 3)), layers.Flatten(), network(6, 4, 3)]
    )
    model = rlgen.CategoricalVAE(
        network(4, 6, 1), decoder, num_latents=2, num_codes=3, seed=0
    )
    estimator = rlgen.estimators.GumbelSoftmax(temperature=0.7)
    model.compile(Adam(0.01), estimator=estimator, **OP_BY_OP)
    return model


def pixel_cnn():
    pixels = rlgen.models.GatedPixelCNN(
        (4, 4, 1),
        num_levels=2,
        filters=2,
        num_blocks=1,
        first_kernel_size=3,
        seed=0,
    )
    model = rlgen.PixelCNN(pixels, value_range=(-1.0, 1.0), seed=0)
    model.compile(Adam(0.01), **OP_BY_OP)
    return model


def real_nvp():
    flow = rlgen.models.vector_flow(2, num_couplings=2, units=4, seed=0)
    model = rlgen.RealNVP(flow, sample_shape=(2,), seed=0)
    model.compile(Adam(0.01), **OP_BY_OP)
    return model


# Generative models that are trained by reward


def reinforce_gan():
    rewards = rlgen.rewards
    model = rlgen.ReinforceGAN(
        network(2, 16, 1, layers.Reshape((4, 4, 1))),
        image_discriminator(3),
        latent_dim=2,
        distribution=rlgen.distributions.Normal(0.2, learned=True),
        samples_per_latent=2,
        seed=0,
    )
    verdict = rewards.Normalized(rewards.Discriminator("logit"))
    model.compile(
        Adam(0.01),
        Adam(0.01),
        reward=verdict + 0.1 * rewards.Sharpness(),
        baseline=rlgen.baselines.Critic(network(2, 1, 5), Adam(0.01)),
        entropy_weight=0.01,
        **OP_BY_OP,
    )
    return model


def rl_vae():
    model = rlgen.RLVAE(network(4, 4, 1), network(2, 4, 3), latent_dim=2, seed=0)
    reward = rlgen.rewards.Clipped(rlgen.rewards.DistanceToTarget([1.0] * 4), -9.0, 9.0)
    model.compile(
        Adam(0.01),
        estimator="score_function",
        baseline="moving_average",
        num_samples=2,
        reward=0.1 * reward,
        **OP_BY_OP,
    )
    return model


def rl_vae_of_codes():
    decoder = keras.Sequential(
        [layers.Input((2, 3)), layers.Flatten(), network(6, 4, 3)]
    )
    model = rlgen.RLVAE(network(4, 6, 1), decoder, latent_dim=(2, 3), seed=0)
    estimator = rlgen.estimators.QLearning(
        num_samples=2, replay_capacity=64, target_update_period=2
    )
    model.compile(Adam(0.01), estimator=estimator, **OP_BY_OP)
    return model


def restoring_vae():
    model = rlgen.RestoringVAE(
        joint_network([(4, 4, 1), (4, 4, 2)], 4, 1),
        joint_network([(2,), (4, 4, 2)], 16, 3, layers.Reshape((4, 4, 1))),
        latent_dim=2,
        corruption=rlgen.layers.RandomMask("square", 0.75, seed=0),
        seed=0,
    )
    model.compile(Adam(0.01), reward="boundary_smoothness", **OP_BY_OP)
    return model


def reward_tuner():
    generator = pixel_cnn()
    generator.fit(images(), batch_size=8, shuffle=False, verbose=0)
    model = rlgen.RewardTuner(generator, seed=0)
    model.compile(
        Adam(0.01),
        reward="contrast",
        algorithm=rlgen.rl_models.ProximalPolicyOptimization(
            baseline="moving_average", epochs=2, minibatches=2
        ),
        kl_weight=rlgen.rl_models.AdaptiveKL(target=0.1),
        held_out_reward="sharpness",
        num_samples=8,
        **OP_BY_OP,
    )
    return model


def reward_tuner_of_flow():
    generator = real_nvp()
    generator.fit(points(), batch_size=8, shuffle=False, verbose=0)
    model = rlgen.RewardTuner(generator, seed=0)
    # At the origin, in units that a flow of points reaches.
    model.compile(
        Adam(0.01),
        reward=rlgen.rewards.DistanceToTarget([0.0, 0.0]),
        algorithm=rlgen.rl_models.PolicyGradient(scale_advantages=True),
        kl_weight=0.1,
        num_samples=8,
        **OP_BY_OP,
    )
    return model


# Agents


def with_replay():
    return {
        "num_environments": 3,
        "batch_size": 5,
        "warm_up_steps": 12,
        "replay_capacity": 60,
        "collect_steps": 4,
        "updates_per_step": 0.25,
        "seed": 0,
    }


def compiled(agent):
    agent.compile(Adam(0.01), **OP_BY_OP)
    return agent


def dqn():
    head = rlgen.agents.networks.DuelingHead(2)
    environment = rlgen.environments.CartPole(max_episode_steps=7)
    options = {"target_update_period": 2, "epsilon": 0.5, **with_replay()}
    return compiled(rlgen.agents.DQN(network(4, 4, 1, head), environment, **options))


def categorical_dqn():
    q_network = network(4, 10, 1, layers.Reshape((2, 5)))
    environment = rlgen.environments.CartPole(max_episode_steps=7)
    return compiled(
        rlgen.agents.CategoricalDQN(
            q_network, environment, min_q_value=0.0, max_q_value=7.0, **with_replay()
        )
    )


def sarsa():
    environment = rlgen.environments.GridWorld(["S..", "..G"], max_episode_steps=5)
    return compiled(
        rlgen.agents.Sarsa(
            network(6, 4, 1),
            environment,
            num_environments=3,
            n_step=2,
            steps_per_update=4,
            target_update_tau=0.5,
            seed=0,
        )
    )


def ppo():
    scale = rlgen.agents.networks.FreeScale(0.5)
    return compiled(
        rlgen.agents.PPO(
            network(3, 1, 1, scale),
            network(3, 1, 3),
            environment=rlgen.environments.Pendulum(max_episode_steps=7),
            num_environments=3,
            steps_per_update=8,
            epochs=2,
            minibatch_size=12,
            normalize_observations=True,
            normalize_rewards=True,
            seed=0,
        )
    )


def sac():
    environment = rlgen.environments.Pendulum(max_episode_steps=7)
    critic = joint_network([(3,), (1,)], 1, 3)
    return compiled(
        rlgen.agents.SAC(network(3, 2, 1), critic, environment, **with_replay())
    )


# Training


def samples(x, y=None):
    return {"x": x, "y": y, "batch_size": 8, "shuffle": False}


# What each is trained on: the arguments of `fit`.
MODELS = {
    gan: samples(points()),
    conditional_gan: samples(points(), labels()),
    vae: samples(points()),
    categorical_vae: samples(bits()),
    pixel_cnn: samples(images()),
    real_nvp: samples(points()),
    reinforce_gan: samples(images()),
    rl_vae: samples(bits()),
    rl_vae_of_codes: samples(bits()),
    restoring_vae: samples(images()),
    reward_tuner: {"steps_per_epoch": 3},
    reward_tuner_of_flow: {"steps_per_epoch": 3},
}
AGENTS = {
    dqn: {"steps_per_epoch": 8},
    categorical_dqn: {"steps_per_epoch": 8},
    sarsa: {"steps_per_epoch": 8},
    ppo: {"steps_per_epoch": 8},
    sac: {"steps_per_epoch": 8},
}
FIT_ARGUMENTS = {make.__name__: fit for make, fit in (MODELS | AGENTS).items()}


def path(name):
    return FOLDER / f"{name}.keras"


def save(model, name):
    """Writes a file, and compresses its archive to a tenth."""
    model.save(path(name))
    with zipfile.ZipFile(path(name)) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    with zipfile.ZipFile(
        path(name), "w", zipfile.ZIP_DEFLATED, compresslevel=9
    ) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def load(name):
    """Returns what a file holds."""
    if name in {make.__name__ for make in AGENTS}:
        return rlgen.agents.Agent.load(path(name))
    return keras.saving.load_model(path(name))


def train(model, name, epochs=1):
    """Returns what the last epoch logged, a dict of floats."""
    history = model.fit(epochs=epochs, verbose=0, **FIT_ARGUMENTS[name]).history
    history.pop("environment_steps_per_second", None)
    return {key: float(values[-1]) for key, values in history.items()}


def main():
    expected = {}
    for make in MODELS | AGENTS:
        name = make.__name__
        keras.utils.set_random_seed(0)
        model = make()
        train(model, name, epochs=2)
        save(model, name)
        expected[name] = train(load(name), name)
        if not all(map(math.isfinite, expected[name].values())):
            raise ValueError(f"Not all that {name} logs is known: {expected[name]}")
    text = json.dumps(expected, indent=2) + "\n"
    (FOLDER / "expected.json").write_text(text)


if __name__ == "__main__":
    main()
