"""Planning: computes policies from a model of the environment."""

from keras_rlgen.planning.dynamic_programming import (
    TabularSolution,
    policy_evaluation,
    policy_iteration,
    value_iteration,
)
from keras_rlgen.planning.strategies import (
    PUCT,
    UCT,
    CrossEntropy,
    GumbelSearch,
    PathIntegral,
    PlanningProblem,
    PlanningStrategy,
    RandomShooting,
)
from keras_rlgen.planning.trajectories import (
    cross_entropy_method,
    path_integral,
    simulated_returns,
)
from keras_rlgen.planning.tree_search import (
    ModelOutput,
    SearchResult,
    gumbel_search,
    puct_search,
    root_output,
    uct_search,
)

__all__ = [
    "PUCT",
    "UCT",
    "CrossEntropy",
    "GumbelSearch",
    "ModelOutput",
    "PathIntegral",
    "PlanningProblem",
    "PlanningStrategy",
    "RandomShooting",
    "SearchResult",
    "TabularSolution",
    "cross_entropy_method",
    "gumbel_search",
    "path_integral",
    "policy_evaluation",
    "policy_iteration",
    "puct_search",
    "root_output",
    "simulated_returns",
    "uct_search",
    "value_iteration",
]
