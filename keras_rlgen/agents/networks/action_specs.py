"""Checks of action specs for the networks."""

import numpy as np
import tensorflow as tf


def single_action(action_spec, network):
    """Validates an action spec as a single tensor spec, and returns it.

    Args:
        action_spec: The `BoundedTensorSpec` or `BoundedArraySpec` of one action.
        network: Name of the network, for the error.

    Raises:
        ValueError: If it is a nest of several, or has no bounds.
    """
    if hasattr(action_spec, "minimum") and hasattr(action_spec, "maximum"):
        return action_spec
    raise ValueError(
        f"`{network}` expected `action_spec` to be one `BoundedTensorSpec`. Received: "
        f"{action_spec}. For a nest of actions, flatten them into one array in the "
        "environment."
    )


def num_actions(action_spec, network):
    """Returns the number of values of a discrete action, or of its largest element.

    Args:
        action_spec: `BoundedTensorSpec` of an integer dtype that counts from 0.
        network: Name of the network, for the errors.

    Raises:
        ValueError: If the actions are continuous, or do not count from 0.
    """
    spec = single_action(action_spec, network)
    if not tf.as_dtype(spec.dtype).is_integer:
        raise ValueError(
            f"`{network}` expected discrete actions, of an integer dtype. Received "
            f"continuous ones: {spec}. Use `NormalNetwork` with an agent for "
            "continuous control (PPO, SAC), or discretise the actions in the "
            "environment."
        )
    if np.any(np.asarray(spec.minimum) != 0):
        raise ValueError(
            f"`{network}` expected actions that count from 0. Received: {spec}. "
            "Subtract the minimum in the environment."
        )
    return int(np.max(spec.maximum)) + 1


def action_mask(action_spec):
    """Returns which logits stand for actions, where elements have different numbers.

    Args:
        action_spec: `BoundedTensorSpec` of an integer dtype that counts from 0.

    Returns:
        Boolean array `(*action_shape, num_actions)`, or `None` if all of them do.

    Example:

    >>> action_mask(BoundedTensorSpec((2,), tf.int32, 0, [1, 2])).tolist()
    [[True, True, False], [True, True, True]]
    """
    maximum = np.broadcast_to(action_spec.maximum, action_spec.shape)
    mask = np.arange(np.max(maximum) + 1) <= maximum[..., None]
    return None if mask.all() else mask


def is_bounded(action_spec):
    """Returns whether all bounds of a continuous action are finite.

    TF-Agents writes the largest float for an infinite bound.

    Args:
        action_spec: `BoundedTensorSpec` of a floating dtype.
    """
    largest = tf.as_dtype(action_spec.dtype).max
    bounds = (action_spec.minimum, action_spec.maximum)
    return all(np.all(np.abs(bound) < largest) for bound in bounds)
