"""Spaces of Gymnasium as configurations that files hold."""

import numpy as np

from keras_rlgen.environments.gymnasium.import_gymnasium import gymnasium

spaces = gymnasium.spaces


def space_to_config(space):
    """Returns a space as a dict of JSON's types.

    Args:
        space: `Box`, `Discrete`, `MultiDiscrete`, `MultiBinary`, or a `Dict` or `Tuple`
            of them.

    Example:

    >>> space_to_config(spaces.Discrete(3, start=1))
    {'kind': 'Discrete', 'n': 3, 'start': 1}
    >>> space_from_config(space_to_config(spaces.MultiBinary(4)))
    MultiBinary((4,))
    """
    config = {"kind": next(k for k, c in _KINDS.items() if isinstance(space, c))}
    if isinstance(space, spaces.Dict):
        parts = [[key, space_to_config(space[key])] for key in space]
        return {**config, "parts": parts}
    if isinstance(space, spaces.Tuple):
        return {**config, "parts": [space_to_config(part) for part in space]}
    if isinstance(space, spaces.Discrete):
        return {**config, "n": int(space.n), "start": int(space.start)}
    if isinstance(space, spaces.MultiBinary):
        return {**config, "n": list(space.shape)}
    config["dtype"] = space.dtype.name
    if isinstance(space, spaces.MultiDiscrete):
        return {**config, "nvec": space.nvec.tolist(), "start": space.start.tolist()}
    shape = list(space.shape)
    return {**config, "shape": shape, "low": _one(space.low), "high": _one(space.high)}


def space_from_config(config):
    """Returns the space of a configuration.

    Args:
        config: Dict, what `space_to_config` returned.
    """
    config = dict(config)
    kind = config.pop("kind")
    if kind == "Dict":
        parts = {key: space_from_config(part) for key, part in config["parts"]}
        return spaces.Dict(parts)
    if kind == "Tuple":
        return spaces.Tuple([space_from_config(part) for part in config["parts"]])
    if kind == "Box":
        dtype = np.dtype(config["dtype"])
        low, high = (
            np.broadcast_to(np.asarray(config[key], dtype), config["shape"])
            for key in ("low", "high")
        )
        return spaces.Box(low, high, dtype=dtype.type)
    if kind == "MultiDiscrete":
        config["dtype"] = np.dtype(config["dtype"]).type
    return _KINDS[kind](**config)


def _one(bounds):
    """Returns a number if all bounds are equal, else a list."""
    first = bounds.flat[0] if bounds.size else 0.0
    return (first if np.all(bounds == first) else bounds).tolist()


_KINDS = {
    "Dict": spaces.Dict,
    "Tuple": spaces.Tuple,
    "Discrete": spaces.Discrete,
    "MultiDiscrete": spaces.MultiDiscrete,
    "MultiBinary": spaces.MultiBinary,
    "Box": spaces.Box,
}
