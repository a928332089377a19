"""Planning of continuous actions: sequences that maximise the return in a model."""

from keras_rlgen.planning.trajectories.cross_entropy_method import cross_entropy_method
from keras_rlgen.planning.trajectories.path_integral import path_integral
from keras_rlgen.planning.trajectories.simulated_returns import simulated_returns

__all__ = ["cross_entropy_method", "path_integral", "simulated_returns"]
