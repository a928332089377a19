"""What agents live through: transitions, recorded episodes, and their vectors."""

from keras_rlgen.experience.array_spec import ArraySpec
from keras_rlgen.experience.experience import Experience
from keras_rlgen.experience.from_frames import from_frames
from keras_rlgen.experience.transition import Transition
from keras_rlgen.experience.transition_codec import TransitionCodec
from keras_rlgen.experience.vector_part import VectorPart
from keras_rlgen.experience.windows import Windows

__all__ = [
    "ArraySpec",
    "Experience",
    "Transition",
    "TransitionCodec",
    "VectorPart",
    "Windows",
    "from_frames",
]
