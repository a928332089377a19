import gymnasium
import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import EpisodeState, KeyDoor
from keras_rlgen.planning import value_iteration
from tests.environments.side_by_side import check_side_by_side, close

MAZE = ["S.#G", "K.D.", "..#S"]


class SlowKeyDoor(gymnasium.Env):
    """The task as read off the text, a step at a time. State: row, column and key."""

    observation_space = gymnasium.spaces.Box(0.0, 1.0, (3,), np.float32)
    action_space = gymnasium.spaces.Discrete(4)

    def __init__(self, rows):
        self.rows = rows

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        starts = [
            (row, column, 0)
            for row, line in enumerate(self.rows)
            for column, character in enumerate(line)
            if character == "S"
        ]
        self.place = starts[self.np_random.integers(len(starts))]
        return self._observation(), {}

    def step(self, action):
        row, column, key = self.place
        down, right = [(-1, 0), (0, 1), (1, 0), (0, -1)][action]
        row, column = row + down, column + right
        inside = 0 <= row < len(self.rows) and 0 <= column < len(self.rows[0])
        character = self.rows[row][column] if inside else "#"
        if character != "#" and (character != "D" or key):
            self.place = row, column, int(key or character == "K")
        reached = self.rows[self.place[0]][self.place[1]] == "G"
        return self._observation(), float(reached), reached, False, {}

    @property
    def state(self):
        """The number of the state, as `KeyDoor` counts."""
        row, column, key = self.place
        before = "".join(self.rows)[: row * len(self.rows[0]) + column]
        num_cells = sum(character != "#" for character in "".join(self.rows))
        return len(before.replace("#", "")) + key * num_cells

    @state.setter
    def state(self, value):
        assert value == self.state

    def _observation(self):
        row, column, key = self.place
        last = len(self.rows) - 1, len(self.rows[0]) - 1
        return np.float32([row / last[0], column / last[1], key])


def test_steps_as_a_slow_transcription_does():
    environment = KeyDoor(MAZE, max_episode_steps=30)
    theirs = gymnasium.wrappers.TimeLimit(SlowKeyDoor(MAZE), 30)
    actions = np.random.default_rng(0).integers(4, size=1500)
    observations, terminated, truncated = check_side_by_side(
        _Integers(environment), theirs, actions, close
    )
    assert terminated.sum() > 10 and truncated.sum() > 10
    assert set(observations[:, 2]) == {0.0, 1.0}
    assert set(environment.initial_state((0, 1), 200).numpy()) == {0, 9}


class _Integers:
    """Steps from states that were stored as floats."""

    def __init__(self, environment):
        self._environment = environment

    def step(self, state, action, seed):
        inner_state = tf.cast(state.inner_state, tf.int32)
        elapsed = tf.cast(state.elapsed_steps, tf.int32)
        return self._environment.step(EpisodeState(inner_state, elapsed), action, seed)


def test_tables_tell_what_steps_do():
    environment = KeyDoor(MAZE)
    num_states = 2 * len(environment.cells)
    states, actions = np.divmod(np.arange(4 * num_states), 4)
    state = EpisodeState(tf.constant(states, tf.int32), tf.zeros(len(states), tf.int32))
    following, result = environment.step(state, actions, (0, 1))
    tables = environment.transitions[states, actions]
    np.testing.assert_array_equal(tables.argmax(axis=1), following.inner_state)
    np.testing.assert_array_equal(tables.sum(axis=1), 1.0)
    np.testing.assert_array_equal(environment.rewards[states, actions], result.reward)


def test_the_shortest_way_of_the_default_fetches_the_key():
    environment = KeyDoor()
    values = value_iteration(
        environment.transitions, environment.rewards, discount=0.9
    ).values
    start = environment.reset((0, 1), 1).inner_state[0]
    assert np.round(np.log(values[start]) / np.log(0.9), 3) == 31


def test_config_round_trip():
    environment = KeyDoor(MAZE, max_episode_steps=9)
    config = keras.saving.serialize_keras_object(environment)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == environment.get_config()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["SKG"], "one key 'K' and one door 'D' and one goal 'G'. Received: \\['SKG"),
        (["SKDG", "x..."], r"Received: \['x'\]"),
    ],
)
def test_bad_rows(rows, message):
    with pytest.raises(ValueError, match=message):
        KeyDoor(rows)
    with pytest.raises(TypeError, match="a single string: 'SKDG'"):
        KeyDoor("SKDG")
