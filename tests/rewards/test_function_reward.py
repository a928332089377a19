import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from tests.rewards.transitions import vectors

SAMPLES = tf.constant([[1.0, 2.0], [-3.0, 0.5]])


@keras.saving.register_keras_serializable("test_function_reward")
def total(samples):
    return tf.reduce_sum(samples, axis=-1)


class Judge:
    def __call__(self, samples):
        return samples[:, 0]


def test_value_and_name():
    reward = rewards.FunctionReward(total)
    np.testing.assert_array_equal(reward(SAMPLES), [3.0, -2.5])
    assert reward.name == "total"
    assert rewards.FunctionReward(total, name="sum").name == "sum"
    assert rewards.FunctionReward(lambda samples: samples).name == "lambda"


def test_an_object_that_is_callable():
    reward = rewards.FunctionReward(Judge())
    assert reward.name == "Judge"
    np.testing.assert_array_equal(reward(SAMPLES), [1.0, -3.0])


def test_config_round_trip():
    reward = rewards.FunctionReward(total, name="sum")
    config = keras.saving.serialize_keras_object(reward)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is rewards.FunctionReward and restored.name == "sum"
    assert restored.function is total


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match="Expected a callable. Received: 'total'"):
        rewards.FunctionReward("total")


# What a function gets of a transition, and of a condition


def of_state(state):
    return state[:, 0]


def of_observation(observation):
    return observation[:, 0]


def of_next_observation(next_observation, /):
    return next_observation[:, 0]


def of_transition(transition):
    return transition.reward + tf.cast(transition.terminated, tf.float32)


def of_anything(s):
    return s.observation[:, 1]


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (of_state, [-1.0, 7.0]),
        (of_observation, [-1.0, 7.0]),
        (of_next_observation, [-1.0, 7.0]),
        (tf.function(of_state), [-1.0, 7.0]),
        (functools.partial(of_state), [-1.0, 7.0]),
        (of_transition, [0.5, 0.0]),
        (of_anything, [2.0, 4.0]),
    ],
)
def test_the_first_parameters_name_tells_a_state(function, expected, jit_compile):
    reward = rewards.FunctionReward(function, name="mine")
    value = tf.function(reward.terms, jit_compile=jit_compile)(vectors())[0]
    np.testing.assert_array_equal(value, expected)


def test_a_function_of_the_state_judges_samples_as_they_are():
    value = rewards.FunctionReward(of_state)(SAMPLES)
    np.testing.assert_array_equal(value, [1.0, -3.0])


LABELS = tf.constant([1, 0])


def two(samples, labels):
    return tf.gather(samples, labels, batch_dims=1)


def named(samples, condition=None):
    return two(samples, LABELS if condition is None else condition)


def optional(samples, axis=-1):
    return tf.reduce_sum(samples, axis=axis)


def keyword(samples, *, labels=None):
    return tf.reduce_sum(samples, axis=-1)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (two, [2.0, -3.0]),
        (named, [2.0, -3.0]),
        (Judge(), [1.0, -3.0]),
        (lambda *samples: total(*samples), [3.0, -2.5]),
        # These have a use of their own for what is not the samples.
        (optional, [3.0, -2.5]),
        (keyword, [3.0, -2.5]),
    ],
)
def test_a_second_parameter_gets_the_condition(function, expected):
    reward = rewards.FunctionReward(function, name="mine")
    np.testing.assert_array_equal(reward(SAMPLES, LABELS), expected)


def test_without_a_condition_it_gets_none():
    np.testing.assert_array_equal(rewards.FunctionReward(named)(SAMPLES), [2.0, -3.0])


def test_a_callable_without_a_signature_gets_the_samples():
    def judge(samples):
        return samples[:, 0]

    judge.__signature__ = "none"
    np.testing.assert_array_equal(rewards.FunctionReward(judge)(SAMPLES), [1.0, -3.0])


def different(samples):
    return [len(set(row)) for row in samples.tolist()]


class TestInPython:
    @pytest.mark.parametrize("numpy", [None, True])
    def test_values_and_time(self, numpy):
        reward = rewards.FunctionReward(different, numpy=numpy)
        assert reward(tf.constant([[3, 3, 1], [2, 2, 2]])).numpy().tolist() == [
            2.0,
            1.0,
        ]
        assert reward.numpy is True and not reward.supports_jit
        assert [metric.name for metric in reward.metrics] == ["different_seconds"]
        assert float(reward.metrics[0].result()) > 0.0

    def test_it_is_called_in_every_step_of_a_graph(self):
        calls = []

        def count(samples):
            calls.append(type(samples))
            return np.full(len(samples), len(calls))

        reward = rewards.FunctionReward(count, numpy=True)
        step = tf.function(lambda samples: reward.terms(samples)[0])
        values = [step(SAMPLES).numpy().tolist() for _ in range(3)]
        assert values == [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]
        assert set(calls) == {np.ndarray}

    def test_transitions_conditions_and_sums(self):
        def low(state, condition):
            return -np.abs(state[:, 0]) + (0.0 if condition is None else condition)

        reward = rewards.FunctionReward(low)
        transition = vectors()
        expected = -np.abs(transition.next_observation[:, 0])
        np.testing.assert_allclose(reward(transition), expected, rtol=1e-6)
        added = reward(SAMPLES, tf.constant([1.0, 2.0]))
        np.testing.assert_allclose(added, [0.0, -1.0])
        both = 2.0 * rewards.FunctionReward(different) + rewards.FunctionReward(total)
        np.testing.assert_allclose(both(SAMPLES), [7.0, 1.5])
        assert [metric.name for metric in both.metrics] == ["different_seconds"]

    def test_there_is_no_gradient(self):
        reward = rewards.FunctionReward(different)
        with tf.GradientTape() as tape:
            tape.watch(SAMPLES)
            value = reward(SAMPLES)
        assert tape.gradient(value, SAMPLES) is None

    @pytest.mark.parametrize(
        "function", [lambda x: np.zeros((2, 1)), lambda x: 1.0, lambda x: ["a", "b"]]
    )
    def test_what_is_no_reward(self, function):
        reward = rewards.FunctionReward(function, numpy=True, name="mine")
        with pytest.raises(ValueError, match="Reward 'mine' expected to return"):
            reward.terms(SAMPLES)

    def test_a_function_of_tensors_stays_in_the_graph(self):
        reward = rewards.FunctionReward(total)
        reward(SAMPLES)
        assert reward.numpy is False and reward.metrics == []
        restored = rewards.FunctionReward.from_config(reward.get_config())
        assert restored.numpy is False


def test_a_class_is_no_function():
    for make in (
        rewards.FunctionReward,
        rewards.get,
        lambda cls: rewards.Sharpness() * cls,
    ):
        with pytest.raises(TypeError, match=r"the class `Contrast`\. Call it"):
            make(rewards.Contrast)
