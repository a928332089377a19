"""Small trained models that come with the package."""

from keras_rlgen.presets.load import card, load, names

__all__ = ["card", "load", "names"]
