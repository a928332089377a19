import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from keras_rlgen.environments import make_vector_environment
from keras_rlgen.environments.gymnasium.checked_observation import CheckedObservation

NESTED = spaces.Dict(
    {
        "image": spaces.Box(0, 255, (2, 2), np.uint8),
        "pair": spaces.Tuple([spaces.Discrete(3), spaces.Box(-1.0, 1.0, (2,))]),
    }
)


class Shows(gymnasium.Env):
    """Returns the observation it was given."""

    action_space = spaces.Discrete(2)

    def __init__(self, space, observation):
        self.observation_space = space
        self._observation = observation

    def reset(self, *, seed=None, options=None):
        return self._observation, {}

    def step(self, action):
        return self._observation, 0.0, False, False, {}


@pytest.mark.parametrize(
    ("space", "observation"),
    [
        (spaces.Box(-1.0, 1.0, (2,)), np.zeros(2)),
        (spaces.Box(-1.0, 1.0, (2,)), [0.5, 1]),
        (spaces.Discrete(4), 3),
        (spaces.Discrete(4), np.int32(3)),
        (NESTED, {"image": np.zeros((2, 2), np.uint8), "pair": (1, np.zeros(2))}),
        (spaces.Text(4), "word"),
    ],
)
def test_what_fits_is_passed_on(space, observation):
    environment = CheckedObservation(Shows(space, observation))
    assert environment.reset()[0] is observation
    assert environment.step(0)[0] is observation


@pytest.mark.parametrize(
    ("space", "observation", "message"),
    [
        (spaces.Box(-1.0, 1.0, (2,)), np.zeros(1), r"Received: shape \(1,\)"),
        (spaces.Box(-1.0, 1.0, (2, 3)), np.zeros((3, 2)), r"Received: shape \(3, 2\)"),
        (spaces.Box(0, 255, (2,), np.uint8), np.ones(2), "dtype float64"),
        (spaces.Discrete(4), 1.5, "dtype float64"),
        (spaces.Box(-1.0, 1.0, (2,)), None, "dtype object"),
        (
            NESTED,
            {"image": np.zeros((2, 2), np.uint8), "pair": (1, np.zeros(3))},
            r"observation\['pair'\]\[1\] of shape \(2,\)",
        ),
    ],
)
@pytest.mark.parametrize("vectorization", ["sync", "async"])
def test_what_does_not_fit(space, observation, message, vectorization):
    with pytest.raises(ValueError, match=message):
        CheckedObservation(Shows(space, observation)).reset()
    environments = make_vector_environment(
        lambda: Shows(space, observation), 2, vectorization
    )
    with pytest.raises(RuntimeError, match=message):
        environments.reset()
    environments.close()
