import doctest

import numpy as np
import pytest
from gymnasium import spaces

from keras_rlgen.environments.gymnasium import observation_rows as module
from keras_rlgen.environments.gymnasium.observation_rows import observation_rows

ROOM = spaces.Dict(
    {
        "image": spaces.Box(0, 255, (2, 2, 1), np.uint8),
        "pair": spaces.Tuple([spaces.Discrete(4, start=2), spaces.MultiBinary(3)]),
    }
)


def observation(number=3):
    image = np.full((2, 2, 1), number, np.uint8)
    return {"image": image, "pair": (number, np.int8([0, 1, 1]))}


def test_example():
    assert doctest.testmod(module).failed == 0


def test_one_observation():
    rows, is_one = observation_rows(ROOM, observation())
    assert is_one and rows["image"].shape == (1, 2, 2, 1)
    assert rows["pair"][0].tolist() == [3]


def test_a_list_and_a_batch_are_the_same():
    listed, is_one = observation_rows(ROOM, [observation(2), observation(5)])
    assert not is_one and listed["pair"][0].tolist() == [2, 5]
    batch, is_one = observation_rows(ROOM, listed)
    assert not is_one and batch["image"].tolist() == listed["image"].tolist()


@pytest.mark.parametrize(
    ("space", "value"),
    [
        (spaces.Discrete(3), [1.0, 0.0, 0.0]),  # one-hot
        (spaces.Discrete(3), np.zeros((2, 3), int)),
        (spaces.Box(0, 1, (3,)), np.zeros(4)),
        (spaces.Box(0, 1, (3,)), "three"),
        (ROOM, {"image": np.zeros((2, 2, 1))}),
        (ROOM, {**observation(), "pair": (3,)}),
        (ROOM, {**observation(), "image": np.zeros((5, 2, 2, 1))}),
        (ROOM, [observation(), {}]),
    ],
)
def test_other_spaces(space, value):
    assert observation_rows(space, value) is None
