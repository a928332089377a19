"""Strategies of planning, which are handed to `agents.Planner`."""

from keras_rlgen.planning.strategies.planning_problem import PlanningProblem
from keras_rlgen.planning.strategies.planning_strategy import PlanningStrategy
from keras_rlgen.planning.strategies.trajectory_strategies import (
    CrossEntropy,
    PathIntegral,
    RandomShooting,
)
from keras_rlgen.planning.strategies.tree_strategies import PUCT, UCT, GumbelSearch

__all__ = [
    "PUCT",
    "UCT",
    "CrossEntropy",
    "GumbelSearch",
    "PathIntegral",
    "PlanningProblem",
    "PlanningStrategy",
    "RandomShooting",
]
