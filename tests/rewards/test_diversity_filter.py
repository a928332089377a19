import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.rewards import DiversityFilter, Environment, FunctionReward
from tests.rewards.transitions import vectors


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def first_of_two(samples):
    return samples[:, 0]


def slow(batches, radius, minimum, allowed, size, withheld):
    """Rewards of batches, one sample at a time, with a list as the memory."""
    memory, results = [], []
    for batch in batches:
        rewards = []
        for sample in batch:
            near = sum(np.linalg.norm(sample - other) <= radius for other in memory)
            rewards.append(withheld if near >= allowed else sample[0])
        results.append(rewards)
        memory = [s for s in batch if s[0] >= minimum] + memory
        memory = memory[:size]
    return np.array(results), len(memory)


@pytest.mark.parametrize("size", [3, 20])
def test_it_withholds_as_a_list_would(size):
    batches = np.random.default_rng(0).integers(0, 3, (6, 5, 2)).astype("float32")
    arguments = 1.0, 1.0, 2, size, -1.0
    radius, minimum, allowed, _, withheld = arguments
    reward = DiversityFilter(
        first_of_two, radius, minimum, allowed, size, withheld=withheld
    )
    step = tf.function(lambda x: reward(x, training=True), jit_compile=True)
    got = np.array([step(batch) for batch in batches])
    expected, remembered = slow(batches, *arguments)
    assert 0.2 < np.mean(expected == -1.0) < 0.8
    np.testing.assert_array_equal(got, expected)
    assert int(reward.num_remembered) == remembered


def test_it_learns_nothing_outside_of_training():
    reward = DiversityFilter(first_of_two, 0.1, allowed=1)
    samples = tf.ones((2, 2))
    for training in (False, True, False, True):
        value, terms = reward.terms(samples, training=training)
        assert terms["first_of_two"].numpy().tolist() == [1.0, 1.0]
        assert int(reward.num_remembered) in (0, 2, 4)
    assert int(reward.num_remembered) == 4
    assert value.numpy().tolist() == [0.0, 0.0]


def test_nearness_is_that_of_features():
    layer = keras.layers.Dense(1, kernel_initializer="ones")
    layer.build((None, 2))
    layer.kernel.assign([[0.0], [1.0]])
    reward = DiversityFilter(first_of_two, 0.0, allowed=1, features=layer)
    reward(tf.constant([[1.0, 5.0]]), training=True)
    seen = reward(tf.constant([[2.0, 5.0], [1.0, 4.0]]))
    assert seen.numpy().tolist() == [0.0, 1.0]


def test_it_comes_back_from_its_configuration():
    layer = keras.layers.Dense(1)
    reward = DiversityFilter(
        FunctionReward(first_of_two), 0.3, 0.1, 2, 7, -1.0, features=layer
    )
    config = reward.get_config()
    copy = DiversityFilter.from_config(config)
    assert copy.get_config() == config and copy.features.units == 1


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"radius": -1.0}, "`radius` of zero or above"),
        ({"radius": 0.1, "allowed": 0}, "`allowed` to be a positive"),
        ({"radius": 0.1, "memory_size": 2.5}, "`memory_size` to be a positive"),
    ],
)
def test_numbers_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        DiversityFilter(first_of_two, **arguments)


def direction(transition):
    """Features of transitions: where they went."""
    return transition.next_observation - transition.observation


@pytest.mark.parametrize("jit_compile", [False, True])
def test_it_remembers_transitions_by_features_of_them(jit_compile):
    reward = DiversityFilter(Environment(), 0.1, allowed=1, features=direction)
    step = tf.function(
        lambda x: reward(x, training=True), jit_compile=jit_compile, autograph=False
    )
    np.testing.assert_array_equal(step(vectors()), [0.5, -1.0])
    np.testing.assert_array_equal(step(vectors()), [0.0, 0.0])
    moved = vectors()._replace(observation=tf.constant([[1.0, 2.0], [9.0, 9.0]]))
    np.testing.assert_array_equal(step(moved), [0.0, -1.0])
    assert int(reward.num_remembered) == 6 and reward.memory.shape == (1000, 2)


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def pairs(samples):
    return samples[:, :2]


@pytest.mark.parametrize("earlier", [False, True])
def test_its_memory_is_made_when_it_is_deserialized(earlier):
    reward = DiversityFilter(first_of_two, 0.0, memory_size=4, features=pairs)
    config = keras.saving.serialize_keras_object(reward)
    assert "build_config" not in config
    reward(tf.ones((3, 5)), training=True)
    config = keras.saving.serialize_keras_object(reward)
    assert config["build_config"] == {"num_features": 2}
    if earlier:
        config["build_config"] = {"input_shape": [3, 5]}
    copy = keras.saving.deserialize_keras_object(config)
    assert copy.memory.shape == (4, 2)
    copy.set_weights(reward.get_weights())
    assert int(copy.num_remembered) == 3
