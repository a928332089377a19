"""Small models, and values of a wrong kind, for `benchmarks.bad_inputs`."""

import pathlib
import tempfile

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import keras_rlgen as rlgen

NAN, INF = float("nan"), float("inf")
FOLDER = pathlib.Path(tempfile.mkdtemp())

COUNT = ("2", 1.5, -1, NAN, [2], True)
POSITIVE_COUNT = (*COUNT, 0)
NUMBER = ("0.5", NAN, [0.5], {}, True)
POSITIVE = (*NUMBER, -1.0)
SHARE = (*POSITIVE, 1.5)
SEED = ("x", 1.5, 2**70, [1, 2])
NETWORK = (5, "network")

IMAGES = np.random.default_rng(0).uniform(-1.0, 1.0, (32, 4, 4, 1)).astype("float32")
UNIT = (IMAGES + 1.0) / 2.0
POINTS = np.random.default_rng(1).normal(size=(32, 2)).astype("float32")
LABELS = np.arange(32) % 3


def network(size, outputs, activation=None, shape=None):
    shape_layers = [] if shape is None else [layers.Reshape(shape)]
    size = size if isinstance(size, tuple) else (size,)
    return keras.Sequential(
        [
            layers.Input(size),
            layers.Flatten(),
            layers.Dense(outputs, activation=activation),
            *shape_layers,
        ]
    )


def generator():
    return network(4, 16, "tanh", (4, 4, 1))


def discriminator():
    return network((4, 4, 1), 1)


def gan(**options):
    arguments = {
        "generator": generator(),
        "discriminator": discriminator(),
        "latent_dim": 4,
    }
    return rlgen.GAN(**{**arguments, **options})


def vae(**options):
    arguments = {
        "encoder": network((4, 4, 1), 4),
        "decoder": network(2, 16, None, (4, 4, 1)),
        "latent_dim": 2,
    }
    return rlgen.VAE(**{**arguments, **options})


def flow(**options):
    arguments = {"flow": rlgen.models.vector_flow(2, 2, units=4), "sample_shape": (2,)}
    return rlgen.RealNVP(**{**arguments, **options})


def pixels(**options):
    arguments = {"image_shape": (4, 4, 1), "num_levels": 3, "filters": 4}
    return rlgen.models.GatedPixelCNN(**{**arguments, "num_blocks": 1, **options})


def dqn(**options):
    arguments = {
        "q_network": network(4, 2),
        "environment": rlgen.environments.CartPole(max_episode_steps=10),
        "warm_up_steps": 64,
        "replay_capacity": 1000,
    }
    return rlgen.agents.DQN(**{**arguments, **options})


def ppo(**options):
    environment = rlgen.environments.CartPole(max_episode_steps=10)
    arguments = {"actor": network(4, 2), "critic": network(4, 1)}
    return rlgen.agents.PPO(**{**arguments, "environment": environment, **options})


def sac(**options):
    inputs = [layers.Input((3,)), layers.Input((1,))]
    critic = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(inputs)))
    environment = rlgen.environments.Pendulum(max_episode_steps=10)
    arguments = {"actor": network(3, 2), "critic": critic, "environment": environment}
    return rlgen.agents.SAC(**{**arguments, **options})


def compiled(model, **options):
    model.compile(jit_compile=False, **options)
    return model


def mean(samples):
    return tf.reduce_mean(samples, axis=[1, 2, 3])


def with_fit(make, data):
    return lambda **options: compiled(make()).fit(data, **{"verbose": 0, **options})


FIT = {
    "epochs": COUNT,
    "batch_size": POSITIVE_COUNT,
    "steps_per_epoch": POSITIVE_COUNT,
    "initial_epoch": COUNT,
    "validation_split": SHARE,
    "verbose": (7, "x"),
    "callbacks": (5, [5], [keras.callbacks.EarlyStopping]),
    "sample_weight": (np.ones(32),),
    "class_weight": ({0: 1.0},),
    "validation_data": ({"x": IMAGES}, (IMAGES, LABELS, np.ones(32))),
}
COMPILE = {
    "run_eagerly": ("no", 3),
    "jit_compile": ("no", 3),
    "steps_per_execution": POSITIVE_COUNT,
}
AGENT = {"seed": SEED, "num_environments": POSITIVE_COUNT}
OFF_POLICY = {
    **AGENT,
    "batch_size": POSITIVE_COUNT,
    "replay_capacity": (*POSITIVE_COUNT, 2, 2**40),
    "warm_up_steps": (*POSITIVE_COUNT, 10**7),
    "updates_per_step": POSITIVE,
    "collect_steps": POSITIVE_COUNT,
    "gamma": SHARE,
    "target_update_tau": (*SHARE, 0),
    "target_update_period": POSITIVE_COUNT,
}
