"""Sweeps: many runs of a training function, each in a folder of its own."""

from keras_rlgen.tuning.run_folder import RunFolder
from keras_rlgen.tuning.sweep import Sweep
from keras_rlgen.tuning.sweep_table import SweepTable

__all__ = ["RunFolder", "Sweep", "SweepTable"]
