import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector.utils import batch_space

from keras_rlgen.environments.gymnasium.actions import action_conversion

INTEGER_SPACES = {
    "discrete": spaces.Discrete(3),
    "discrete_from_2": spaces.Discrete(3, start=2),
    "multi_discrete": spaces.MultiDiscrete([3, 2], start=[-1, 5]),
    "multi_discrete_bytes": spaces.MultiDiscrete([3, 4], np.uint8),
    "multi_binary": spaces.MultiBinary(3),
}


@pytest.mark.parametrize("name", INTEGER_SPACES)
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_integers_count_from_zero(name, dtype):
    space = INTEGER_SPACES[name]
    conversion = action_conversion(space, 400)
    agents = batch_space(conversion.space, 400)
    assert np.all(getattr(conversion.space, "start", 0) == 0)
    actions = agents.sample().astype(dtype)
    given = actions.copy()
    converted = conversion(actions)
    assert converted in batch_space(space, 400)
    np.testing.assert_array_equal(actions, given)
    np.testing.assert_array_equal(converted, given + getattr(space, "start", 0))
    # All of the space is reached.
    reached = [np.unique(column).size for column in converted.reshape(400, -1).T]
    counts = np.ravel(getattr(conversion.space, "nvec", getattr(space, "n", None)))
    np.testing.assert_array_equal(reached, counts)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_continuous_actions_are_clipped(dtype):
    low, high = np.array([[-1.0, 0.0], [1.0, 0.3]], dtype)
    space = spaces.Box(low, high, dtype=dtype)
    conversion = action_conversion(space, 3)
    assert conversion.space == spaces.Box(np.float32([-1, 0]), np.float32([1, 0.3]))
    actions = np.float32([[-2.0, -2.0], [0.5, 0.25], [2.0, 0.3]])
    converted = conversion(actions)
    assert converted in batch_space(space, 3)
    np.testing.assert_array_equal(
        converted, np.asarray([[-1, 0], [0.5, 0.25], [1, high[1]]], dtype)
    )


@pytest.mark.parametrize(
    "space",
    [
        spaces.Box(-np.inf, np.inf, (2,)),
        spaces.Box(np.float32([0, -np.inf]), np.float32([1, 0])),
        spaces.Box(-1e300, 1e300, (2,), np.float64),
        spaces.Box(0, 255, (2,), np.uint8),
    ],
)
def test_continuous_actions_without_finite_bounds(space):
    with pytest.raises(ValueError, match="between finite bounds.*TransformAction"):
        action_conversion(space, 2)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_actions_that_are_not_finite(bad):
    conversion = action_conversion(spaces.Box(-1.0, 1.0, (2,)), 2)
    with pytest.raises(ValueError, match="finite actions.*from the policy"):
        conversion(np.float32([[0.0, 0.0], [bad, 0.0]]))


@pytest.mark.parametrize(
    ("space", "actions"),
    [
        (spaces.Discrete(3), np.zeros((2, 1), int)),
        (spaces.Discrete(3), np.zeros(2)),
        (spaces.MultiDiscrete([3, 2]), np.zeros(2, int)),
        (spaces.Box(-1.0, 1.0, (2,)), np.zeros((3, 2))),
    ],
)
def test_actions_that_do_not_fit(space, actions):
    with pytest.raises(ValueError, match="Expected actions of shape"):
        action_conversion(space, 2)(actions)


@pytest.mark.parametrize(
    "space", [spaces.Dict({"a": spaces.Discrete(2)}), spaces.Tuple([]), spaces.Text(3)]
)
def test_spaces_of_another_kind(space):
    with pytest.raises(
        ValueError, match="that is Discrete, MultiDiscrete, MultiBinary"
    ):
        action_conversion(space, 2)


def test_an_action_that_cannot_vary():
    space = spaces.Box(np.float32([-1.0, 0.5]), np.float32([1.0, 0.5]))
    with pytest.raises(ValueError, match="`low` is below its `high`.*Leave out"):
        action_conversion(space, 1)
