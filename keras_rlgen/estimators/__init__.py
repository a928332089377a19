"""Gradient estimators for stochastic encoders."""

import inspect

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


def get(identifier, **options):
    """Returns a `GradientEstimator` from a name, an instance or a config.

    Args:
        identifier: A name, a `GradientEstimator`, or the result of
            `keras.saving.serialize_keras_object`.
        **options: Arguments of an estimator given by name; `None` for the default.

    Raises:
        ValueError: If the name is unknown, does not take an option, or options are
            given with an instance.
        TypeError: If it is none of these.

    Example:

    >>> get("score_function", num_samples=8, baseline=None).num_samples
    8
    """
    options = {key: value for key, value in options.items() if value is not None}
    if isinstance(identifier, str) and identifier in NAMES:
        kind = NAMES[identifier]
        unknown = set(options) - set(inspect.signature(kind).parameters)
        if unknown:
            raise ValueError(
                f"The estimator '{identifier}' takes no {sorted(unknown)}. "
                f"Received: {options}. Leave it out, or use 'score_function'."
            )
        return kind(**options)
    estimator = from_identifier(
        identifier,
        GradientEstimator,
        NAMES,
        "gradient estimator",
        "a `GradientEstimator`",
    )
    if options:
        raise ValueError(
            f"`{type(estimator).__name__}` has arguments of its own. Received: "
            f"{options}. Leave them out, or pass the estimator's name."
        )
    return estimator


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
