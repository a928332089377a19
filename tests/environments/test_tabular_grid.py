import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import GridWorld, KeyDoor

GRIDS = GridWorld(["S.G", ".#."]), KeyDoor(["KSDG"])


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: type(grid).__name__)
def test_steps_are_those_of_the_tables(grid):
    num_states = len(grid.transitions)
    state = tf.repeat(tf.range(num_states), 4)
    action = tf.tile(tf.range(4), [num_states])
    following, reward, terminated = grid.transition(state, action, (0, 1))
    expected = grid.transitions[state, action]
    np.testing.assert_array_equal(tf.one_hot(following, num_states), expected)
    np.testing.assert_array_equal(reward, grid.rewards[state, action])
    # What terminates leads to itself from then on, without a reward.
    goals = np.unique(following[terminated])
    assert len(goals) >= 1
    np.testing.assert_array_equal(
        grid.transitions[goals].argmax(axis=-1), np.repeat(goals[:, None], 4, axis=1)
    )
    np.testing.assert_array_equal(grid.rewards[goals], 0.0)
    assert grid.get_config()["rows"] == grid.rows
