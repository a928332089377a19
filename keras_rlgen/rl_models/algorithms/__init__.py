"""Algorithms by which `RewardTuner` learns from the rewards of samples."""

from keras_rlgen.identifiers import from_identifier
from keras_rlgen.rl_models.algorithms.direct_preference_optimization import (
    DirectPreferenceOptimization,
)
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
    "dapo": lambda: GroupRelativePolicyOptimization(clip_ratio=(0.2, 0.28)),
    "dr_grpo": lambda: GroupRelativePolicyOptimization(
        scale_advantages="none", aggregation="constant"
    ),
    "gspo": lambda: GroupRelativePolicyOptimization(
        clip_ratio=(3e-4, 4e-4), ratio="sequence"
    ),
    "dpo": DirectPreferenceOptimization,
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
    "DirectPreferenceOptimization",
    "GroupRelativePolicyOptimization",
    "PolicyGradient",
    "ProximalPolicyOptimization",
    "TuningAlgorithm",
    "get",
]
