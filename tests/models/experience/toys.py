"""A small environment's recorded episodes, and small models of its transitions."""

import functools

import keras
import numpy as np

from keras_rlgen.experience import ArraySpec, Experience
from keras_rlgen.models import (
    DynamicsNetwork,
    ExperienceEnsemble,
    ExperienceGenerator,
    TransitionGAN,
)
from tests.networks import dense

layers = keras.layers
SPECS = ArraySpec((2,)), ArraySpec((), "int32", 0, 1)


def walks(episodes=40, length=10, seed=0):
    """Returns walks along a line by 0.1, which end beyond 0.35; the reward is 2."""
    random = np.random.default_rng(seed)
    recorded = []
    for _ in range(episodes):
        observation = [np.float32([random.uniform(-0.3, 0.3), random.normal()])]
        actions = []
        while len(actions) < length and observation[-1][0] <= 0.35:
            actions.append(random.integers(2))
            step = np.float32([0.2 * actions[-1] - 0.1, 0.0])
            observation.append(observation[-1] + step)
        recorded.append(
            {
                "observations": np.stack(observation),
                "actions": np.array(actions, "int32"),
                "rewards": np.full(len(actions), 2.0),
                "terminated": observation[-1][0] > 0.35,
            }
        )
    return Experience.from_episodes(recorded)


def network(inputs=4, outputs=4):
    return keras.Sequential(
        [layers.Input((inputs,)), dense(32, "tanh", seed=1), dense(outputs, seed=2)]
    )


def dynamics(**kwargs):
    model = ExperienceGenerator(
        DynamicsNetwork(network(), seed=0), SPECS, **{"seed": 0, **kwargs}
    )
    model.compile(
        keras.optimizers.Adam(1e-2), steps_per_execution=50, jit_compile=False
    )
    return model


@functools.cache
def fitted_dynamics():
    """Returns a trained model that tests share, and may not change."""
    model = dynamics()
    model.fit(walks(), steps_per_epoch=300, batch_size=64, verbose=0)
    return model


@functools.cache
def fitted_gan():
    """Returns a trained `TransitionGAN` that tests share, and may not change."""
    model = TransitionGAN(specs=SPECS, seed=0)
    model.compile(run_eagerly=True)
    model.fit(walks(), steps_per_epoch=2, batch_size=16, verbose=0)
    return model


def ensemble(**kwargs):
    model = ExperienceEnsemble(dynamics(), **{"size": 2, "seed": 0, **kwargs})
    model.compile(
        keras.optimizers.Adam(1e-2), steps_per_execution=50, jit_compile=False
    )
    return model


@functools.cache
def fitted_ensemble():
    """Returns a trained ensemble that tests share, and may not change."""
    model = ensemble()
    model.fit(walks(), steps_per_epoch=200, batch_size=64, verbose=0)
    return model
