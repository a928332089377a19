"""Estimators of the gradient by which an encoder learns to draw latents."""

from keras_rlgen.estimators.gradient_estimator import GradientEstimator
from keras_rlgen.estimators.gumbel_softmax import GumbelSoftmax
from keras_rlgen.estimators.latent_draws import LatentDraws
from keras_rlgen.estimators.q_learning import QLearning
from keras_rlgen.estimators.reparameterized import Reparameterized
from keras_rlgen.estimators.score_function import ScoreFunction
from keras_rlgen.estimators.straight_through import StraightThrough
from keras_rlgen.identifiers import from_identifier

NAMES = {
    "reparameterized": Reparameterized,
    "score_function": ScoreFunction,
    "gumbel_softmax": GumbelSoftmax,
    "straight_through": StraightThrough,
    "q_learning": QLearning,
}


def get(identifier):
    """Returns a `GradientEstimator` from a name, an instance or a config.

    Raises:
        ValueError: If the name is unknown.
        TypeError: If it is none of these.

    Example:

    >>> get("score_function").num_samples
    4
    """
    return from_identifier(
        identifier,
        GradientEstimator,
        NAMES,
        "gradient estimator",
        "a `GradientEstimator`",
    )


__all__ = [
    "GradientEstimator",
    "GumbelSoftmax",
    "LatentDraws",
    "QLearning",
    "Reparameterized",
    "ScoreFunction",
    "StraightThrough",
    "get",
]
