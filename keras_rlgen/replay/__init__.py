"""Memories of frames, in tensors, and mixtures of real and generated ones."""

from keras_rlgen.replay.mixture import Mixture

__all__ = ["Mixture"]
