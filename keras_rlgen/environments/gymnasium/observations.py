"""Converts batches of observations of Gymnasium's spaces to inputs of networks."""

import numpy as np

from keras_rlgen.environments.gymnasium.arrays import ArrayCheck
from keras_rlgen.environments.gymnasium.import_gymnasium import gymnasium

spaces = gymnasium.spaces


def observation_conversion(space, num_envs, name="observation"):
    """Returns the function that converts observations to inputs of a network.

    Uint8 and bool become uint8, so that images stay small in a replay buffer. Every
    other `Box` and `MultiBinary` becomes float32. `Discrete` and `MultiDiscrete`
    become one-hot float32 vectors, one after another. `Dict` and `Tuple` keep their
    structure.

    Args:
        space: Observation space of one environment.
        num_envs: Integer, number of environments.
        name: Name of the observation in errors.

    Returns:
        A function of a batch of observations, NumPy arrays whose first axis is
        `num_envs` long, that returns the converted batch. Its attribute `space` is the
        space of one converted observation: a `Box` of dtype float32 or uint8, or a
        `Dict` or `Tuple` of them. It raises a `ValueError` if an array has another
        shape or dtype than the space, a number that is NaN or infinite, or one outside
        a discrete space.

    Raises:
        ValueError: If the space has another type.

    Example:

    >>> conversion = observation_conversion(spaces.Discrete(3, start=1), num_envs=2)
    >>> conversion(np.array([1, 3])).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    >>> conversion.space
    Box(0.0, 1.0, (3,), float32)
    """
    if isinstance(space, spaces.MultiBinary):
        space = spaces.Box(0, 1, space.shape, space.dtype)
    for kind, conversion in _OBSERVATIONS.items():
        if isinstance(space, kind):
            return conversion(space, num_envs, name)
    raise ValueError(
        f"Expected {name} of a space made of Box, Discrete, MultiDiscrete, "
        f"MultiBinary, Dict and Tuple. Received: {space}. Turn it into one of them "
        "with `gymnasium.wrappers.TransformObservation`."
    )


class _BoxObservation:
    def __init__(self, space, num_envs, name):
        if 0 in space.shape:
            raise ValueError(
                f"Expected {name} of at least one number. Received: {space}, which is "
                "empty."
            )
        self._array = ArrayCheck((num_envs, *space.shape), space.dtype, name)
        is_byte = space.dtype in (np.bool_, np.uint8)
        self._dtype = np.dtype(np.uint8 if is_byte else np.float32)
        self._may_be_infinite = not is_byte
        with np.errstate(over="ignore"):
            low, high = (bound.astype(self._dtype) for bound in (space.low, space.high))
        self.space = spaces.Box(low, high, dtype=self._dtype)

    def __call__(self, batch):
        batch = self._array(batch)
        if batch.dtype is not self._dtype:
            with np.errstate(over="ignore"):
                batch = batch.astype(self._dtype)
        if self._may_be_infinite:
            self._array.require_finite(batch)
        return batch


class _OneHotObservation:
    def __init__(self, space, num_envs, name):
        self._array = ArrayCheck((num_envs, *space.shape), space.dtype, name)
        is_single = isinstance(space, spaces.Discrete)
        counts = np.ravel(space.n if is_single else space.nvec).astype(np.int64)
        self._start = np.ravel(space.start).astype(np.int64)
        self._end = self._start + counts
        self._offset = np.cumsum(counts) - self._end
        self._rows = np.arange(num_envs)[:, np.newaxis]
        self._space = space
        self._shape = (num_envs, int(counts.sum()))
        self.space = spaces.Box(0.0, 1.0, self._shape[1:], np.float32)

    def __call__(self, batch):
        batch = self._array(batch).reshape(self._shape[0], -1)
        if np.any((batch < self._start) | (batch >= self._end)):
            raise ValueError(
                f"Expected {self._array.name} in {self._space}. "
                f"Received: {batch.tolist()}"
            )
        one_hot = np.zeros(self._shape, np.float32)
        one_hot[self._rows, batch + self._offset] = 1.0
        return one_hot


class _DictObservation:
    def __init__(self, space, num_envs, name):
        self._name = name
        self._conversions = {}
        for key, subspace in space.items():
            try:
                conversion = observation_conversion(
                    subspace, num_envs, f"{name}[{key!r}]"
                )
            except ValueError as error:
                others = [other for other in space if other != key]
                raise ValueError(
                    f"{error} Or leave it out, with `gymnasium.wrappers."
                    f"FilterObservation(environment, {others})`."
                ) from error
            self._conversions[key] = conversion
        self.space = spaces.Dict({k: c.space for k, c in self._conversions.items()})

    def __call__(self, batch):
        if batch.keys() != self._conversions.keys():
            raise ValueError(
                f"Expected {self._name} with the keys {sorted(self._conversions)}. "
                f"Received: {sorted(batch)}"
            )
        return {key: convert(batch[key]) for key, convert in self._conversions.items()}


class _TupleObservation:
    def __init__(self, space, num_envs, name):
        self._name = name
        self._conversions = [
            observation_conversion(subspace, num_envs, f"{name}[{index}]")
            for index, subspace in enumerate(space)
        ]
        self.space = spaces.Tuple([c.space for c in self._conversions])

    def __call__(self, batch):
        if len(batch) != len(self._conversions):
            raise ValueError(
                f"Expected {self._name} of {len(self._conversions)} parts. "
                f"Received: {len(batch)}"
            )
        pairs = zip(self._conversions, batch, strict=True)
        return tuple(convert(part) for convert, part in pairs)


_OBSERVATIONS = {
    spaces.Box: _BoxObservation,
    spaces.Discrete: _OneHotObservation,
    spaces.MultiDiscrete: _OneHotObservation,
    spaces.Dict: _DictObservation,
    spaces.Tuple: _TupleObservation,
}
