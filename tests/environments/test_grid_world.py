import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import EpisodeState, GridWorld

MAZE = ["S.#G", ".##.", "....", "#S.#"]
MOVES = {0: (-1, 0), 1: (0, 1), 2: (1, 0), 3: (0, -1)}


def walk(rows, row, column, action):
    """One move, read off the text."""
    if rows[row][column] == "G":
        return row, column
    down, right = MOVES[action]
    target = row + down, column + right
    inside = 0 <= target[0] < len(rows) and 0 <= target[1] < len(rows[0])
    if inside and rows[target[0]][target[1]] != "#":
        return target
    return row, column


def step_from_everywhere(environment):
    """Steps from every state with every action."""
    num_states = len(environment.cells)
    states = tf.repeat(tf.range(num_states), 4)
    actions = tf.tile(tf.range(4), [num_states])
    state = EpisodeState(states, tf.zeros_like(states))
    return states, actions, *environment.step(state, actions, (0, 1))


def test_moves_as_the_text_says():
    environment = GridWorld(MAZE)
    assert len(environment.cells) == sum(row.count("#") == 0 for row in "".join(MAZE))
    states, actions, state, result = step_from_everywhere(environment)
    for index, (at, action) in enumerate(zip(states, actions.numpy(), strict=True)):
        row, column = environment.cells[at]
        target = walk(MAZE, row, column, action)
        reached = environment.cells[state.inner_state[index]]
        assert tuple(reached) == target
        assert bool(result.terminated[index]) == (MAZE[target[0]][target[1]] == "G")
        expected = 0.0 if MAZE[row][column] == "G" else -1.0
        assert float(result.reward[index]) == expected
        assert result.observation[index].numpy().argmax() == state.inner_state[index]
    assert np.all(result.observation.numpy().sum(axis=1) == 1.0)


def test_tables_tell_what_steps_do():
    environment = GridWorld(MAZE)
    states, actions, state, result = step_from_everywhere(environment)
    at = tuple(np.stack([states, actions]))
    np.testing.assert_array_equal(environment.transitions[at], result.observation)
    np.testing.assert_array_equal(environment.rewards[at], result.reward)
    assert environment.transitions.dtype == environment.rewards.dtype == np.float32


def test_rewards_of_steps_and_goals():
    environment = GridWorld(MAZE, 7, step_reward=0.0, goal_reward=2.0)
    _, _, _, result = step_from_everywhere(environment)
    is_goal = environment.transitions[:, :, 2] == 1.0  # "G" is the third cell
    expected = np.where(is_goal, 2.0, 0.0)
    expected[2] = 0.0  # from the goal itself
    np.testing.assert_array_equal(environment.rewards, expected)
    np.testing.assert_array_equal(result.reward, expected.reshape(-1))
    again = GridWorld.from_config(environment.get_config())
    assert again.get_config() == environment.get_config()
    np.testing.assert_array_equal(again.rewards, environment.rewards)


def test_begins_at_every_start_alike():
    environment = GridWorld(MAZE)
    states = environment.reset((0, 1), 4000).inner_state.numpy()
    cells, counts = np.unique(environment.cells[states], axis=0, return_counts=True)
    assert cells.tolist() == [[0, 0], [3, 1]]
    np.testing.assert_allclose(counts / 4000, 0.5, atol=0.03)


def test_is_truncated():
    environment = GridWorld(MAZE, max_episode_steps=3)
    state = environment.reset((0, 1), 1)
    truncated = []
    for _ in range(3):
        state, result = environment.step(state, tf.constant([0]), (0, 2))
        truncated.append(bool(result.truncated[0]))
    assert truncated == [False, False, True]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["S.", "G"], r"of one length. Received rows of lengths \[2, 1\]"),
        ([], "of one length"),
        (["S.", "xG"], r"Received: \['x'\]"),
        (["S.", ".."], r"at least one start 'S' and one goal 'G'. Received: \['S.'"),
        (["G.", ".."], "at least one start"),
    ],
)
def test_bad_rows(rows, message):
    with pytest.raises(ValueError, match=message):
        GridWorld(rows)


def test_a_single_string_is_refused():
    with pytest.raises(TypeError, match="a single string: 'S.G'"):
        GridWorld("S.G")
