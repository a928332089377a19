import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import EpisodeState, auto_reset_step
from tests.environments.numbered import Numbered


@tf.function(jit_compile=True)
def transitions(seed, steps=60, batch=8):
    """All transitions of some steps: observation, ends and next observation."""
    environment = Numbered()
    action = tf.zeros(batch, tf.int32)

    def step(carry, seed):
        state = carry[0]
        observation = environment.observe(state)
        state, result = auto_reset_step(environment, state, action, seed)
        return state, observation, result, environment.observe(state)

    state = environment.reset(seed, batch)
    _, result = environment.step(state, action, seed)
    observation = environment.observe(state)
    _, *rows = tf.scan(
        step,
        tf.random.split(seed, steps),
        initializer=(state, observation, result, observation),
    )
    return rows


def test_no_transition_joins_two_episodes():
    observation, result, acted_on_next = transitions(tf.constant([0, 1]))
    number, age = np.moveaxis(observation.numpy(), -1, 0)
    next_number, next_age = np.moveaxis(result.observation.numpy(), -1, 0)
    # Every transition stays in its episode, and goes one step on in it.
    np.testing.assert_array_equal(next_number, number)
    np.testing.assert_array_equal(next_age, age + 1)

    terminated, truncated = result.terminated.numpy(), result.truncated.numpy()
    np.testing.assert_array_equal(terminated, next_age > number % 5)
    np.testing.assert_array_equal(truncated, next_age == 4)
    ended = terminated | truncated
    assert terminated.sum() > 20 and (truncated & ~terminated).sum() > 20

    # After an end the next step acts on the start of another episode, at once;
    # elsewhere on what the last one led to.
    following, following_age = np.moveaxis(acted_on_next.numpy(), -1, 0)
    assert np.all(following_age[ended] == 0)
    assert np.all(following[ended] != number[ended])
    np.testing.assert_array_equal(following[~ended], number[~ended])
    np.testing.assert_array_equal(following_age[~ended], next_age[~ended])
    np.testing.assert_array_equal(observation[1:], acted_on_next[:-1])


def test_new_episodes_differ():
    observation, result, _ = transitions(tf.constant([0, 2]))
    ended = result.terminated | result.truncated
    numbers = observation.numpy()[..., 0][ended.numpy()]
    assert len(set(numbers.tolist())) == len(numbers) > 50


def test_an_unknown_number_of_environments():
    environment = Numbered()
    state = EpisodeState(
        (tf.TensorSpec((None,), tf.int32), tf.TensorSpec((None, 1), tf.int32)),
        tf.TensorSpec((None,), tf.int32),
    )

    @tf.function(input_signature=[state])
    def step(state):
        return auto_reset_step(environment, state, tf.constant([0]), (0, 1))

    with pytest.raises(ValueError, match="whose number of environments is known"):
        step.get_concrete_function()
