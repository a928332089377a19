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


def check_positive(**numbers):
    """Raises `ValueError` unless all arguments are integers of at least 1."""
    for name, value in numbers.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(
                f"Expected `{name}` to be a positive integer. Received: {value!r}"
            )
