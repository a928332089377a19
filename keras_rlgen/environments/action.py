"""Actions of tensor environments: discrete, or continuous between bounds."""

import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.training.stateless_random import integers, uniform


class DiscreteAction:
    """A discrete action, an integer in [0, count).

    Args:
        count: Integer >= 1, the number of actions.

    Attributes:
        shape: `()`, the shape of one environment's action.
        dtype: `tf.int32`.

    Raises:
        ValueError: If `count` is out of its range.

    Example:

    >>> action = DiscreteAction(3)
    >>> bool(tf.reduce_all(action.sample(seed=(0, 1), num_environments=100) < 3))
    True
    """

    shape = ()
    dtype = tf.int32

    def __init__(self, count):
        if not is_integer(count) or count < 1:
            raise ValueError(
                "Argument `count` must be an integer of at least 1. "
                f"Received: count={count!r}"
            )
        self.count = int(count)

    def sample(self, seed, num_environments):
        """Samples actions uniformly.

        Args:
            seed: Integer tensor `(2,)`.
            num_environments: Integer, number of actions.

        Returns:
            Int32 tensor `(num_environments,)`.
        """
        return integers((num_environments,), seed, self.count)

    def validated(self, action):
        """Validates a batch of actions, and returns it as int32.

        Raises:
            ValueError: If `action` has another shape or dtype; or if one is not in
                [0, count), outside of graphs, where values are known.
        """
        action = action_tensor(action)
        if action.shape.rank != 1 or not action.dtype.is_integer:
            raise ValueError(
                f"Expected an action of shape (batch,) of integers in [0, {self.count})"
                f". Received: shape {tuple(action.shape)}, dtype {action.dtype.name}. "
                "Take the argmax over the scores of the actions."
            )
        if not is_symbolic_tensor(action):
            actions = action.numpy()
            if (actions < 0).any() or (actions >= self.count).any():
                raise ValueError(
                    f"Expected actions in [0, {self.count}). Received: from "
                    f"{actions.min()} to {actions.max()}"
                )
        return tf.cast(action, tf.int32)

    def __repr__(self):
        return f"DiscreteAction({self.count})"


class ContinuousAction:
    """A continuous action, a float32 array between bounds.

    Args:
        low: Float or array, the lower bounds, finite.
        high: Float or array, the upper bounds, finite. The shape of an action is
            that of `low` and `high`, broadcast.

    Attributes:
        shape: Tuple, the shape of one environment's action.
        dtype: `tf.float32`.
        low: Float32 array of that shape.
        high: Float32 array of that shape.

    Raises:
        ValueError: If a bound is not finite, or `low` is not below `high`.

    Example:

    >>> action = ContinuousAction(low=[-2.0], high=[2.0])
    >>> action.sample(seed=(0, 1), num_environments=5).shape
    TensorShape([5, 1])
    """

    dtype = tf.float32

    def __init__(self, low, high):
        bounds = [np.asarray(low), np.asarray(high)]
        try:
            numeric = all(bound.dtype.kind in "fiu" for bound in bounds)
            low, high = np.broadcast_arrays(*(np.float32(x) for x in bounds))
        except ValueError:
            numeric = False
        if not numeric:
            raise ValueError(
                "Expected `low` and `high` to be numbers, or arrays of them of one "
                f"shape. Received: low={low!r} and high={high!r}"
            )
        if not np.all(np.isfinite(low) & np.isfinite(high) & (low < high)):
            raise ValueError(
                "Expected finite bounds with `low` below `high`. "
                f"Received: low={low.tolist()} and high={high.tolist()}"
            )
        self.low, self.high = low.copy(), high.copy()
        self.shape = low.shape

    def sample(self, seed, num_environments):
        """Samples actions uniformly between the bounds.

        Args:
            seed: Integer tensor `(2,)`.
            num_environments: Integer, number of actions.

        Returns:
            Float32 tensor `(num_environments, *shape)`.
        """
        return uniform((num_environments, *self.shape), seed, self.low, self.high)

    def validated(self, action):
        """Validates a batch of actions, and returns it as float32.

        Values beyond the bounds are left to the environment to clip.

        Raises:
            ValueError: If `action` has another shape.
        """
        action = tf.cast(action_tensor(action), tf.float32)
        if not is_symbolic_tensor(action) and not np.isfinite(action).all():
            raise ValueError(
                "Expected finite actions. Received some that are NaN or infinite."
            )
        if action.shape.rank is None or action.shape[1:] != self.shape:
            expected = ", ".join(["batch", *map(str, self.shape)])
            raise ValueError(
                f"Expected an action of shape ({expected}). "
                f"Received: {tuple(action.shape)}. Give the last layer of the policy "
                f"{int(np.prod(self.shape))} units, reshaped to {self.shape}."
            )
        return action

    def __repr__(self):
        return f"ContinuousAction({self.low.tolist()}, {self.high.tolist()})"


def action_tensor(action):
    """Returns an action given by a user as a tensor.

    Raises:
        TypeError: If it is none, such as `None`.
    """
    if action is None:
        raise TypeError("Expected an action for each environment. Received: None")
    return tf.convert_to_tensor(action)


def is_symbolic_tensor(value):
    """Returns whether a tensor belongs to a graph, and has no value yet."""
    return tf.is_tensor(value) and hasattr(value, "graph")
