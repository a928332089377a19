"""Planning: computes policies from a model of the environment."""

from keras_rlgen.planning.dynamic_programming import (
    TabularSolution,
    policy_evaluation,
    policy_iteration,
    value_iteration,
)

__all__ = [
    "TabularSolution",
    "policy_evaluation",
    "policy_iteration",
    "value_iteration",
]
