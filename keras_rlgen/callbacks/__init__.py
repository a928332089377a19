"""Callbacks for `fit`."""

from keras_rlgen.callbacks.dream_monitor import DreamMonitor
from keras_rlgen.callbacks.edit_monitor import EditMonitor
from keras_rlgen.callbacks.episode_recorder import EpisodeRecorder
from keras_rlgen.callbacks.piano_roll_monitor import PianoRollMonitor
from keras_rlgen.callbacks.policy_evaluation import PolicyEvaluation
from keras_rlgen.callbacks.reward_controls import RewardControls
from keras_rlgen.callbacks.sample_monitor import SampleMonitor
from keras_rlgen.callbacks.sample_table import SampleTable
from keras_rlgen.callbacks.stability_monitor import StabilityMonitor
from keras_rlgen.callbacks.stop_at_return import StopAtReturn
from keras_rlgen.callbacks.tensor_board import TensorBoard
from keras_rlgen.pictures import (
    acrobot_frame,
    cart_pole_frame,
    format_table,
    mountain_car_frame,
    pendulum_frame,
    write_curves,
    write_edit_grid,
    write_image_grid,
)

__all__ = [
    "DreamMonitor",
    "EditMonitor",
    "EpisodeRecorder",
    "PianoRollMonitor",
    "PolicyEvaluation",
    "RewardControls",
    "SampleMonitor",
    "SampleTable",
    "StabilityMonitor",
    "StopAtReturn",
    "TensorBoard",
    "acrobot_frame",
    "cart_pole_frame",
    "format_table",
    "mountain_car_frame",
    "pendulum_frame",
    "write_curves",
    "write_edit_grid",
    "write_image_grid",
]
