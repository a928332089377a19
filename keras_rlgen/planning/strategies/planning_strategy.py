"""Base class of the planning strategies."""

import abc


class PlanningStrategy(abc.ABC):
    """How to find an action by a model: handed to `agents.Planner`.

    A strategy is a pure function of its arguments and holds hyperparameters alone.

    Attributes:
        is_continuous: Whether it plans continuous actions, or one discrete action.
    """

    is_continuous = False

    def initial_memory(self, problem, batch):
        """Returns what is remembered from step to step, a nest of tensors `(B, ...)`.

        Args:
            problem: `PlanningProblem`.
            batch: Integer `B`.
        """
        return ()

    @abc.abstractmethod
    def plan(self, problem, state, memory, seed, explore):
        """Plans an action for each state.

        Args:
            problem: `PlanningProblem`.
            state: Nest of tensors `(B, ...)`.
            memory: As `initial_memory` returns it.
            seed: Int32 tensor `(2,)`.
            explore: Whether to explore, in collecting, or not, in evaluation.

        Returns:
            A pair: the actions `(B, ...)`, and the memory for the next step.
        """

    @abc.abstractmethod
    def get_config(self):
        """Returns the arguments of the constructor, a dict."""

    @classmethod
    def from_config(cls, config):
        return cls(**config)
