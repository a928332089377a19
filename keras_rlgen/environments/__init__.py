"""Tensor environments: pure `reset` and `step` functions on batches.

Many steps of many environments run inside one `tf.function`, with or without XLA.

`make_vector_environment` makes Gymnasium's environments usable by agents, and
`GymnasiumEnvironment` makes a tensor environment usable by Gymnasium; `RewardWrapper`
gives an environment of Gymnasium a `Reward`. Gymnasium is an optional dependency,
imported on first use of one of them.
"""

from keras_rlgen.environments.acrobot import Acrobot
from keras_rlgen.environments.action import ContinuousAction, DiscreteAction
from keras_rlgen.environments.auto_reset import auto_reset_step
from keras_rlgen.environments.cart_pole import CartPole
from keras_rlgen.environments.cart_pole_swing_up import CartPoleSwingUp
from keras_rlgen.environments.classification import Classification
from keras_rlgen.environments.continuous_cart_pole import ContinuousCartPole
from keras_rlgen.environments.drawn_grid import DrawnGrid
from keras_rlgen.environments.fixed_horizon_cart_pole import FixedHorizonCartPole
from keras_rlgen.environments.generated_environment import GeneratedEnvironment
from keras_rlgen.environments.generation_environment import GenerationEnvironment
from keras_rlgen.environments.given_starts import GivenStarts
from keras_rlgen.environments.grid_world import GridWorld
from keras_rlgen.environments.key_door import KeyDoor
from keras_rlgen.environments.latent_editing import LatentEditing
from keras_rlgen.environments.mountain_car import MountainCar
from keras_rlgen.environments.next_step import next_step_reset
from keras_rlgen.environments.noisy_screen import NoisyScreen
from keras_rlgen.environments.observation_frames import (
    frame_function,
    known_frame_function,
)
from keras_rlgen.environments.observed_log_prior import ObservedLogPrior
from keras_rlgen.environments.pendulum import Pendulum
from keras_rlgen.environments.pixel_generation import PixelGeneration
from keras_rlgen.environments.remote import Remote
from keras_rlgen.environments.simulate import Simulation, simulate
from keras_rlgen.environments.tabular_process import TabularProcess
from keras_rlgen.environments.tensor_environment import (
    EpisodeState,
    StepResult,
    TensorEnvironment,
)
from keras_rlgen.environments.token_generation import TokenGeneration
from keras_rlgen.lazy_names import lazy_names

__all__ = [
    "Acrobot",
    "CartPole",
    "CartPoleSwingUp",
    "Classification",
    "ContinuousAction",
    "ContinuousCartPole",
    "DiscreteAction",
    "DrawnGrid",
    "EpisodeState",
    "FixedHorizonCartPole",
    "GeneratedEnvironment",
    "GenerationEnvironment",
    "GivenStarts",
    "GridWorld",
    "KeyDoor",
    "LatentEditing",
    "MountainCar",
    "NoisyScreen",
    "ObservedLogPrior",
    "Pendulum",
    "PixelGeneration",
    "Remote",
    "Simulation",
    "StepResult",
    "TabularProcess",
    "TensorEnvironment",
    "TokenGeneration",
    "auto_reset_step",
    "frame_function",
    "known_frame_function",
    "next_step_reset",
    "simulate",
]

_GYMNASIUM_MODULES = {
    "CheckedVectorEnvironment": "gymnasium.checked",
    "GymnasiumEnvironment": "gymnasium.environment",
    "RewardWrapper": "gymnasium.reward_wrapper",
    "make_vector_environment": "gymnasium.vector",
}

__getattr__, __dir__ = lazy_names(__name__, _GYMNASIUM_MODULES)
