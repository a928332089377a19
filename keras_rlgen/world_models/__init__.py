"""Learned models of environments, to act and to plan in."""

from keras_rlgen.world_models.deterministic import Deterministic
from keras_rlgen.world_models.ensemble import Ensemble
from keras_rlgen.world_models.image_networks import image_decoder, image_encoder
from keras_rlgen.world_models.imagination import Imagined
from keras_rlgen.world_models.k_step_report import KStepReport
from keras_rlgen.world_models.latent_dynamics import LatentDynamics
from keras_rlgen.world_models.mixture_density import MixtureDensity
from keras_rlgen.world_models.recurrent_state_space import RecurrentStateSpace
from keras_rlgen.world_models.world_model import WorldModel

__all__ = [
    "Deterministic",
    "Ensemble",
    "Imagined",
    "KStepReport",
    "LatentDynamics",
    "MixtureDensity",
    "RecurrentStateSpace",
    "WorldModel",
    "image_decoder",
    "image_encoder",
]
