"""Output distributions, which make a generator network a policy."""

from keras_rlgen.distributions.bernoulli import Bernoulli
from keras_rlgen.distributions.categorical import Categorical
from keras_rlgen.distributions.discretized_logistic import DiscretizedLogistic
from keras_rlgen.distributions.normal import Normal
from keras_rlgen.distributions.output_distribution import OutputDistribution
from keras_rlgen.identifiers import from_identifier

NAMES = {
    "normal": Normal,
    "bernoulli": Bernoulli,
    "categorical": Categorical,
    "discretized_logistic": DiscretizedLogistic,
}


def get(identifier):
    """Returns an `OutputDistribution` from a name, an instance or a config.

    Raises:
        ValueError: If the name is unknown.
        TypeError: If it is none of these.
    """
    return from_identifier(
        identifier,
        OutputDistribution,
        NAMES,
        "output distribution",
        "an `OutputDistribution`",
    )


__all__ = [
    "Bernoulli",
    "Categorical",
    "DiscretizedLogistic",
    "Normal",
    "OutputDistribution",
    "get",
]
