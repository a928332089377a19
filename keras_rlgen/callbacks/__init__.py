"""Callbacks for `fit`."""

from keras_rlgen.callbacks.pictures import write_image_grid
from keras_rlgen.callbacks.reward_controls import RewardControls, format_table
from keras_rlgen.callbacks.sample_monitor import SampleMonitor

__all__ = ["RewardControls", "SampleMonitor", "format_table", "write_image_grid"]
