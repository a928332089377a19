"""Converts batches of actions of agents to Gymnasium's spaces."""

import numpy as np

from keras_rlgen.environments.gymnasium.arrays import ArrayCheck, all_finite
from keras_rlgen.environments.gymnasium.import_gymnasium import gymnasium

spaces = gymnasium.spaces


def action_conversion(space, num_envs):
    """Returns the function that converts an agent's actions to an environment's.

    Agents count discrete actions from 0, as integers, and give continuous ones as
    float32.

    Args:
        space: Action space of one environment: `Discrete`, `MultiDiscrete`,
            `MultiBinary`, or `Box` of floats with finite bounds.
        num_envs: Integer, number of environments.

    Returns:
        A function of an agent's actions, an array `(num_envs, *space.shape)`, that
        returns those of the environment: with the space's start added, in its dtype,
        and clipped to its bounds. Its attribute `space` is the agent's action space, a
        `Discrete` or `MultiDiscrete` that starts at 0, or a float32 `Box`. It raises a
        `ValueError` if the shape differs, or if a continuous action is NaN or infinite.

    Raises:
        ValueError: If the space has another type, or a bound that is not finite.

    Example:

    >>> conversion = action_conversion(spaces.Discrete(3, start=-1), num_envs=2)
    >>> conversion(np.array([0, 2])).tolist()
    [-1, 1]
    >>> conversion.space
    Discrete(3)
    """
    for kind, conversion in _ACTIONS.items():
        if isinstance(space, kind):
            return conversion(space, num_envs)
    raise ValueError(
        "Expected an action space that is Discrete, MultiDiscrete, MultiBinary or Box. "
        f"Received: {space}. Make one of it with `gymnasium.wrappers.TransformAction`."
    )


class _IntegerAction:
    def __init__(self, space, num_envs):
        self._array = ArrayCheck((num_envs, *space.shape), np.int64, "actions")
        self._dtype = space.dtype
        self._start = getattr(space, "start", 0)
        self._counts_from_zero = not np.any(self._start)
        if isinstance(space, spaces.Discrete):
            self.space = spaces.Discrete(space.n)
        else:
            counts = getattr(space, "nvec", np.full(space.shape, 2))
            self.space = spaces.MultiDiscrete(counts)

    def __call__(self, actions):
        actions = self._array(actions)
        if self._counts_from_zero:
            return actions.astype(self._dtype, copy=False)
        return (actions + self._start).astype(self._dtype, copy=False)


class _ContinuousAction:
    def __init__(self, space, num_envs):
        self._array = ArrayCheck((num_envs, *space.shape), space.dtype, "actions")
        self._space = space
        with np.errstate(over="ignore"):
            low, high = (b.astype(np.float32) for b in (space.low, space.high))
        is_float = np.issubdtype(space.dtype, np.floating)
        if not (is_float and np.all(np.isfinite(low) & np.isfinite(high))):
            raise ValueError(
                "Expected a Box of actions that are floats between finite bounds. "
                f"Received: {space}. Wrap the environment in `gymnasium.wrappers."
                "TransformAction(environment, func, action_space)` with an "
                "`action_space` that has them, or in one that is Discrete or "
                "MultiDiscrete for integers."
            )
        if np.any(low >= high):
            raise ValueError(
                "Expected a Box of actions whose `low` is below its `high`, as float32 "
                f"too. Received: {space}. Leave out the elements that cannot vary, "
                "with `gymnasium.wrappers.TransformAction(environment, func, "
                "action_space)`."
            )
        self.space = spaces.Box(low, high, dtype=np.float32)

    def __call__(self, actions):
        actions = self._array(actions)
        if not all_finite(actions):
            raise ValueError(
                "Expected finite actions. Received NaN or an infinite number from the "
                "policy. Look for the inputs of its network that make it so, or lower "
                "the learning rate."
            )
        actions = actions.astype(self._space.dtype, copy=False)
        return np.minimum(np.maximum(actions, self._space.low), self._space.high)


_ACTIONS = {
    spaces.Discrete: _IntegerAction,
    spaces.MultiDiscrete: _IntegerAction,
    spaces.MultiBinary: _IntegerAction,
    spaces.Box: _ContinuousAction,
}
