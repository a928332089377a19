"""One observation of an environment, or a batch of them, as a batch."""

import numpy as np

from keras_rlgen.environments.gymnasium.import_gymnasium import gymnasium

spaces = gymnasium.spaces


def observation_rows(space, observations):
    """Returns observations as a batch, if they are of a space.

    Args:
        space: Observation space of one environment.
        observations: What an environment of this space returns; a batch of it, nested
            as the space is, with the batch as the first axis of every array; or a list
            of observations.

    Returns:
        A pair: the batch, nested as the space is, and whether it was one observation;
        `None` if the observations are of another space.

    Example:

    >>> space = spaces.Dict({"place": spaces.Discrete(3), "speed": spaces.Box(0, 1)})
    >>> rows, is_one = observation_rows(space, {"place": 2, "speed": [0.5]})
    >>> rows["place"].tolist(), rows["speed"].tolist(), is_one
    ([2], [[0.5]], True)
    >>> observation_rows(space, {"place": 2}) is None
    True
    """
    is_nested = isinstance(space, (spaces.Dict, spaces.Tuple))
    kind = tuple if isinstance(space, spaces.Tuple) else dict
    rows = observations if isinstance(observations, list) else []
    if is_nested and rows and all(isinstance(row, kind) for row in rows):
        parts = [observation_rows(space, row) for row in rows]
        if any(part is None or not part[1] for part in parts):
            return None
        return _joined([part[0] for part in parts]), False
    leaves = []
    try:
        batch = _rows(space, observations, leaves)
    except (_OtherSpaceError, TypeError, ValueError):
        return None
    if len(set(leaves)) > 1:
        return None
    return batch, leaves[0] is None


class _OtherSpaceError(Exception):
    """Raised where a value is not of the space."""


def _rows(space, value, counts):
    """Returns `value` with a batch axis; appends its length, `None` if it had none."""
    if isinstance(space, spaces.Dict):
        if not isinstance(value, dict) or value.keys() != space.spaces.keys():
            raise _OtherSpaceError
        return {key: _rows(space[key], value[key], counts) for key in space}
    if isinstance(space, spaces.Tuple):
        if not isinstance(value, (tuple, list)) or len(value) != len(space):
            raise _OtherSpaceError
        pairs = zip(space, value, strict=True)
        return tuple(_rows(part, item, counts) for part, item in pairs)
    array = np.asarray(value)
    counted = isinstance(space, (spaces.Discrete, spaces.MultiDiscrete))
    if counted and not np.issubdtype(array.dtype, np.integer):
        raise _OtherSpaceError
    if space.dtype == np.uint8 and np.issubdtype(array.dtype, np.integer):
        if np.any((array < 0) | (array > 255)):
            raise _OtherSpaceError
        array = array.astype(np.uint8)
    if array.shape == space.shape:
        counts.append(None)
        return array[np.newaxis]
    if array.ndim and array.shape[1:] == space.shape:
        counts.append(len(array))
        return array
    raise _OtherSpaceError


def _joined(batches):
    first = batches[0]
    if isinstance(first, dict):
        return {key: _joined([batch[key] for batch in batches]) for key in first}
    if isinstance(first, tuple):
        return tuple(_joined(list(parts)) for parts in zip(*batches, strict=True))
    return np.concatenate(batches)
