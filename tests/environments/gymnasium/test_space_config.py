import doctest
import json

import numpy as np
import pytest
from gymnasium import spaces

from keras_rlgen.environments.gymnasium import space_config
from keras_rlgen.environments.gymnasium.space_config import (
    space_from_config,
    space_to_config,
)

SPACES = [
    spaces.Discrete(3, start=-1),
    spaces.MultiDiscrete([2, 3], start=[0, 4]),
    spaces.MultiBinary((2, 2)),
    spaces.Box(-np.inf, 1.0, (3,)),
    spaces.Box(np.float32([-1, 0]), np.float32([1, 2])),
    spaces.Box(0, 255, (4, 4, 1), np.uint8),
    spaces.Dict({"b": spaces.Discrete(2), "a": spaces.Tuple([spaces.Box(0, 1)])}),
]


def test_example():
    assert doctest.testmod(space_config).failed == 0


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_spaces_survive_a_file(space):
    config = json.loads(json.dumps(space_to_config(space)))
    assert space_from_config(config) == space


def test_equal_bounds_are_one_number():
    config = space_to_config(spaces.Box(0, 255, (84, 84, 4), np.uint8))
    assert (config["low"], config["high"]) == (0, 255)
