"""Callbacks for `fit`."""

from keras_rlgen.callbacks.reward_controls import RewardControls
from keras_rlgen.callbacks.sample_monitor import SampleMonitor

__all__ = ["RewardControls", "SampleMonitor"]
