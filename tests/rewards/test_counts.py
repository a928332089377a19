import collections

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from tests.rewards.generative import restored
from tests.rewards.transitions import vectors


def observations(count=200, seed=0):
    random = np.random.default_rng(seed)
    return random.uniform([-0.2, 1.0], [1.2, 3.0], (count, 2)).astype("float32")


@pytest.mark.parametrize("table_size", [16, 10_007])
def test_it_counts_as_a_slow_table_does(table_size):
    reward = rewards.Counts([0.0, 1.0], [1.0, 3.0], [5, 3], table_size=table_size)
    table = collections.Counter()
    for seed in range(3):
        x = observations(seed=seed)
        reward.learn(tf.constant(x))
        for first, second in x:
            at = min(max(int(first * 5), 0), 4), min(int((second - 1.0) / 2.0 * 3), 2)
            table[at] += 1
    expected = [
        1.0
        / np.sqrt(table[min(max(int(a * 5), 0), 4), min(int((b - 1.0) / 2.0 * 3), 2)])
        for a, b in x
    ]
    np.testing.assert_allclose(reward(x), expected, rtol=1e-5)
    assert reward.visits.shape == (15,)


def test_more_combinations_than_places_are_hashed():
    reward = rewards.Counts(0.0, 1.0, 2, size=40, table_size=5_003)
    one_hot = tf.eye(40)
    for count in range(3):
        reward.learn(one_hot[: 10 * (count + 1)])
    places = reward._places(one_hot).numpy()
    assert len(set(places)) == 40 and places.max() < 5_003
    expected = 1.0 / np.sqrt(np.repeat([3.0, 2.0, 1.0, 1.0], 10))
    np.testing.assert_allclose(reward(one_hot), expected, rtol=1e-6)


def test_of_a_transition_it_is_the_next_observation_under_xla_too():
    reward, steps = rewards.Counts(-5.0, 8.0, 13, size=2), vectors()
    tf.function(reward.learn, jit_compile=True)(steps)
    tf.function(reward.learn)(steps._replace(next_observation=tf.zeros((0, 2))))
    assert int(tf.reduce_sum(reward.visits)) == 2 and reward.keeps_state
    traced = tf.function(reward.terms, jit_compile=True)
    np.testing.assert_array_equal(traced(steps)[0], [1.0, 1.0])


def test_config_and_visits_round_trip():
    reward = rewards.Counts(0.0, [1.0, 2.0], 4, table_size=8, name="visits")
    reward.learn(tf.constant(observations()))
    again = restored(reward)
    assert again.get_config() == reward.get_config()
    x = observations(20, seed=5)
    np.testing.assert_array_equal(again(x), reward(x))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bins": 3}, "the `size` of an observation"),
        ({"bins": [3, 3], "size": 3}, "numbers or sequences of one length"),
        ({"bins": [3, 0]}, "Expected positive integers"),
        ({"bins": 3, "size": 2, "table_size": 0}, "Expected positive integers"),
        ({"bins": 3, "low": [0.0, 2.0]}, "Expected finite `low` < `high`"),
        ({"bins": 3, "size": 2, "high": np.inf}, "Expected finite `low` < `high`"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        rewards.Counts(**{"low": 0.0, "high": 1.0, **arguments})


def test_other_observations_are_refused():
    reward = rewards.Counts(0.0, 1.0, 3, size=2)
    with pytest.raises(ValueError, match=r"observations of shape \(batch, 2\)"):
        reward(tf.zeros((4, 3)))


def test_keras_registers_it():
    assert keras.saving.get_registered_name(rewards.Counts) == "keras_rlgen>Counts"
