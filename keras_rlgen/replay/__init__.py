"""Storage of replayed frames in tensors, and mixtures of several sources."""

from keras_rlgen.replay.mixture import Mixture

__all__ = ["Mixture"]
