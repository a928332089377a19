"""Output distributions: what makes a generator network a policy."""

import keras

from keras_rlgen.distributions.bernoulli import Bernoulli
from keras_rlgen.distributions.categorical import Categorical
from keras_rlgen.distributions.normal import Normal
from keras_rlgen.distributions.output_distribution import OutputDistribution

NAMES = {"normal": Normal, "bernoulli": Bernoulli, "categorical": Categorical}


def get(identifier):
    """Returns an `OutputDistribution` from a name, an instance or a config.

    Raises:
        ValueError: If the name is unknown.
        TypeError: If it is none of these.
    """
    if isinstance(identifier, OutputDistribution):
        return identifier
    if isinstance(identifier, str):
        if identifier not in NAMES:
            raise ValueError(
                f"Unknown output distribution: {identifier!r}. Expected one of "
                f"{sorted(NAMES)}, or an `OutputDistribution`."
            )
        return NAMES[identifier]()
    if isinstance(identifier, dict):
        return keras.saving.deserialize_keras_object(identifier)
    raise TypeError(
        "Expected `distribution` to be a name or an `OutputDistribution`. "
        f"Received: {identifier!r} of type {type(identifier).__name__}"
    )


__all__ = ["Bernoulli", "Categorical", "Normal", "OutputDistribution", "get"]
