"""What agents live through: transitions, recorded episodes, and their vectors."""

from keras_rlgen.experience.transition import Transition

__all__ = ["Transition"]
