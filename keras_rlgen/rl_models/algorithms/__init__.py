"""Algorithms by which `RewardTuner` learns from the rewards of samples."""

from keras_rlgen.identifiers import from_identifier
from keras_rlgen.rl_models.algorithms.group_relative_policy_optimization import (
    GroupRelativePolicyOptimization,
)
from keras_rlgen.rl_models.algorithms.policy_gradient import PolicyGradient
from keras_rlgen.rl_models.algorithms.proximal_policy_optimization import (
    ProximalPolicyOptimization,
)
from keras_rlgen.rl_models.algorithms.tuning_algorithm import TuningAlgorithm

NAMES = {
    "reinforce": lambda: PolicyGradient("moving_average"),
    "rloo": lambda: PolicyGradient("rloo"),
    "ppo": ProximalPolicyOptimization,
    "grpo": GroupRelativePolicyOptimization,
}


def get(identifier):
    """Returns a `TuningAlgorithm` from a name, an instance or a config.

    Raises:
        ValueError: If the name is unknown.
        TypeError: If it is none of these.
    """
    return from_identifier(
        identifier, TuningAlgorithm, NAMES, "algorithm", "a `TuningAlgorithm`"
    )


__all__ = [
    "GroupRelativePolicyOptimization",
    "PolicyGradient",
    "ProximalPolicyOptimization",
    "TuningAlgorithm",
    "get",
]
