import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import TabularProcess, tabular_process
from keras_rlgen.environments.tensor_environment import EpisodeState

TRANSITIONS = [
    [[0.2, 0.8, 0.0], [1.0, 0.0, 0.0]],
    [[0.0, 0.5, 0.5]] * 2,
    [[0, 0, 1]] * 2,
]
REWARDS = [[1.0, 2.0], [3.0, 4.0], [0.0, 0.0]]


def process():
    return TabularProcess(
        TRANSITIONS, REWARDS, [0.25, 0.75, 0.0], [False, False, True], 7
    )


def test_example():
    assert doctest.testmod(tabular_process).failed == 0


def test_steps_are_as_probable_as_the_table_says():
    count = 4000
    environment = process()
    starts = environment.reset((0, 1), count).inner_state
    np.testing.assert_allclose(np.bincount(starts) / count, [0.25, 0.75], atol=0.03)
    states = tf.repeat([0, 1, 2], count)
    state = EpisodeState(states, tf.zeros_like(states))
    for action in 0, 1:
        following, result = environment.step(
            state, tf.fill((3 * count,), action), (0, 2)
        )
        reached = following.inner_state.numpy().reshape(3, count)
        found = [np.bincount(row, minlength=3) / count for row in reached]
        expected = np.array(TRANSITIONS)[:, action]
        np.testing.assert_allclose(found, expected, atol=0.03)
        rewards = result.reward.numpy().reshape(3, count)
        np.testing.assert_array_equal(rewards[:, 0], np.array(REWARDS)[:, action])
        np.testing.assert_array_equal(result.terminated, following.inner_state == 2)
        back = environment.inner_state_of(result.observation)
        np.testing.assert_array_equal(back, following.inner_state)


def test_config_round_trip():
    environment = process()
    config = keras.saving.serialize_keras_object(environment)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == environment.get_config()
    assert again.max_episode_steps == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rewards": [[1.0, 2.0]]}, r"`rewards` of shape \(states, actions\)"),
        ({"starts": [1.0]}, r"`starts` of shape \(3,\)"),
        ({"starts": [1.0, 1.0, 0.0]}, "a sum of 2"),
        ({"terminal": [True]}, r"`terminal` of shape \(3,\)"),
        ({"rewards": np.full((3, 2), np.nan)}, "finite `rewards`"),
        ({"transitions": np.zeros((3, 2, 3))}, r"Received at \[0, 0\]: a sum of 0"),
    ],
)
def test_errors(arguments, message):
    given = {"transitions": TRANSITIONS, "rewards": REWARDS}
    with pytest.raises(ValueError, match=message):
        TabularProcess(**{**given, **arguments})
