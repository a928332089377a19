"""Storage of replayed frames in tensors, and mixtures of several sources."""

from keras_rlgen.replay.held_out_ratio import HeldOutRatio
from keras_rlgen.replay.jitter import Jitter
from keras_rlgen.replay.mixture import Mixture
from keras_rlgen.replay.realism import Realism
from keras_rlgen.replay.synthetic import Synthetic

__all__ = ["HeldOutRatio", "Jitter", "Mixture", "Realism", "Synthetic"]
