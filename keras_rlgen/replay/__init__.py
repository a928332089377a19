"""Storage of replayed frames in tensors, and mixtures of several sources."""

from keras_rlgen.replay.disagreement import Disagreement
from keras_rlgen.replay.held_out_ratio import HeldOutRatio
from keras_rlgen.replay.jitter import Jitter
from keras_rlgen.replay.mixture import Mixture
from keras_rlgen.replay.realism import Realism
from keras_rlgen.replay.support import Support
from keras_rlgen.replay.synthetic import Synthetic

__all__ = [
    "Disagreement",
    "HeldOutRatio",
    "Jitter",
    "Mixture",
    "Realism",
    "Support",
    "Synthetic",
]
