"""Environments made of tensors: pure `reset` and `step` functions on batches.

Many steps of many environments run inside one `tf.function`, with XLA or without.
`GymnasiumEnvironment` hands one to those who use Gymnasium, an optional dependency, and
is imported when it is first asked for.
"""

import importlib

from keras_rlgen.environments.action import ContinuousAction, DiscreteAction
from keras_rlgen.environments.auto_reset import auto_reset_step
from keras_rlgen.environments.cart_pole import CartPole
from keras_rlgen.environments.fixed_horizon_cart_pole import FixedHorizonCartPole
from keras_rlgen.environments.grid_world import GridWorld
from keras_rlgen.environments.pendulum import Pendulum
from keras_rlgen.environments.tensor_environment import (
    EpisodeState,
    StepResult,
    TensorEnvironment,
)

__all__ = [
    "CartPole",
    "ContinuousAction",
    "DiscreteAction",
    "EpisodeState",
    "FixedHorizonCartPole",
    "GridWorld",
    "Pendulum",
    "StepResult",
    "TensorEnvironment",
    "auto_reset_step",
]


def __getattr__(name):
    if name == "GymnasiumEnvironment":
        module = importlib.import_module(f"{__name__}.gymnasium_environment")
        return module.GymnasiumEnvironment
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), "GymnasiumEnvironment"])
