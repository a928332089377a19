"""Checks the observations of one Gymnasium environment."""

from keras_rlgen.environments.gymnasium.arrays import ArrayCheck
from keras_rlgen.environments.gymnasium.import_gymnasium import gymnasium

spaces = gymnasium.spaces


class CheckedObservation(gymnasium.ObservationWrapper):
    """Rejects observations whose shape or dtype is not that of their space.

    Gymnasium's vector environments write observations into one array. An
    `AsyncVectorEnv` does so whatever their dtype, and broadcasts an observation of one
    number.

    Args:
        env: `gymnasium.Env`.

    Raises:
        ValueError: From `reset` and `step`, if the observation does not fit.

    Example:

    ```python
    environment = CheckedObservation(gymnasium.make("CartPole-v1"))
    observation, _ = environment.reset(seed=0)
    ```
    """

    def __init__(self, env):
        super().__init__(env)
        self._checks = _checks(env.observation_space, ())

    def observation(self, observation):
        for path, check in self._checks:
            value = observation
            for key in path:
                value = value[key]
            check(value)
        return observation


def _checks(space, path):
    """Returns pairs of a path of keys into an observation and the check there."""
    if isinstance(space, (spaces.Dict, spaces.Tuple)):
        keys = space.keys() if isinstance(space, spaces.Dict) else range(len(space))
        return [pair for key in keys for pair in _checks(space[key], (*path, key))]
    if space.shape is None:
        return []
    name = "observation" + "".join(f"[{key!r}]" for key in path)
    return [(path, ArrayCheck(space.shape, space.dtype, name))]
