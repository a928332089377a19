"""Callbacks for `fit`."""

from keras_rlgen.callbacks.episode_recorder import EpisodeRecorder
from keras_rlgen.callbacks.policy_evaluation import PolicyEvaluation
from keras_rlgen.callbacks.reward_controls import RewardControls
from keras_rlgen.callbacks.sample_monitor import SampleMonitor
from keras_rlgen.callbacks.stop_at_return import StopAtReturn
from keras_rlgen.pictures import (
    acrobot_frame,
    cart_pole_frame,
    format_table,
    mountain_car_frame,
    pendulum_frame,
    write_curves,
    write_image_grid,
)

__all__ = [
    "EpisodeRecorder",
    "PolicyEvaluation",
    "RewardControls",
    "SampleMonitor",
    "StopAtReturn",
    "acrobot_frame",
    "cart_pole_frame",
    "format_table",
    "mountain_car_frame",
    "pendulum_frame",
    "write_curves",
    "write_image_grid",
]
