"""Dynamics by name."""

from keras_rlgen.identifiers import from_identifier
from keras_rlgen.world_models.deterministic import Deterministic
from keras_rlgen.world_models.ensemble import Ensemble
from keras_rlgen.world_models.latent_dynamics import LatentDynamics
from keras_rlgen.world_models.mixture_density import MixtureDensity
from keras_rlgen.world_models.recurrent_state_space import RecurrentStateSpace

NAMES = {
    "deterministic": Deterministic,
    "ensemble": Ensemble,
    "mixture_density": MixtureDensity,
    "recurrent_state_space": RecurrentStateSpace,
}


def dynamics_of(identifier):
    """Returns the `LatentDynamics` of a name, an instance or a configuration.

    Args:
        identifier: As in `WorldModel`.

    Raises:
        ValueError: If the name is unknown.
        TypeError: If it is something else.
    """
    return from_identifier(
        identifier, LatentDynamics, NAMES, "dynamics", "a `LatentDynamics`"
    )
