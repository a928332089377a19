from typing import Any, NamedTuple


class PlanningProblem(NamedTuple):
    """What a planning strategy has to know of a model.

    Attributes:
        step: Function `step(state, action, seed)` of tensors, that returns the next
            state, the reward `(B,)` and the discount factor `(B,)`, 0 where the episode
            has ended.
        prior_and_value: Function of states and a seed that returns the prior policy's
            logits, `(B, num_actions)`, and the values, `(B,)`. For continuous actions
            the logits are `None`.
        num_actions: Integer; `None` for continuous actions.
        action_shape: Tuple, the shape of a continuous action.
        low: Array, the lowest continuous action.
        high: Array, the highest continuous action.
        has_value: Whether values come from a network.
    """

    step: Any
    prior_and_value: Any
    num_actions: Any = None
    action_shape: tuple = ()
    low: Any = None
    high: Any = None
    has_value: bool = False
