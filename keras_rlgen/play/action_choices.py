"""Actions that a person chooses from."""

from typing import Any, NamedTuple

import numpy as np

from keras_rlgen.environments import DiscreteAction

MAX_CHOICES = 31  # As many keys as a terminal has for them: digits and letters.


class ActionChoice(NamedTuple):
    """An action and its name."""

    name: str
    action: Any  # An integer, or a float32 array of the shape of an action.


def action_choices(action, names=None):
    """Returns the actions that a person may choose: a short list.

    Args:
        action: `DiscreteAction`: each of its actions; or `ContinuousAction`: the middle
            of all ranges, and for each component its lowest and highest value while the
            others stay in the middle. Of one component: low, half low, middle, half
            high, high.
        names: List of strings, as many as choices. By default the actions themselves.

    Returns:
        List of `ActionChoice`.

    Raises:
        ValueError: If there are more than 31, or another number of names.

    Example:

    >>> from keras_rlgen.environments import ContinuousAction
    >>> [choice.name for choice in action_choices(ContinuousAction([-2.0], [2.0]))]
    ['-2', '-1', '0', '+1', '+2']
    """
    if isinstance(action, DiscreteAction):
        actions = [np.int32(index) for index in range(action.count)]
        labels = [str(index) for index in range(action.count)]
    else:
        actions, labels = _continuous(action)
    if len(actions) > MAX_CHOICES:
        raise ValueError(
            f"Expected at most {MAX_CHOICES} actions to choose from. Received: "
            f"{action}, of {len(actions)} choices."
        )
    if names is not None:
        if len(names) != len(actions):
            raise ValueError(
                f"Expected {len(actions)} names of actions: {labels}. Received: {names}"
            )
        labels = list(names)
    return [ActionChoice(*pair) for pair in zip(labels, actions, strict=True)]


def _continuous(action):
    middle = (action.low + action.high) / 2.0
    if middle.size == 1:
        half = (action.high - action.low) / 2.0
        actions = [middle + part * half for part in (-1.0, -0.5, 0.0, 0.5, 1.0)]
        return actions, [_number(x.item()) for x in actions]
    actions, labels = [middle], ["middle"]
    for index in range(middle.size):
        for bounds, sign in ((action.low, "-"), (action.high, "+")):
            chosen = middle.copy()
            chosen.flat[index] = bounds.flat[index]
            actions.append(chosen)
            labels.append(f"{index}{sign}")
    return actions, labels


def _number(value):
    return f"{value:+g}" if value else "0"
