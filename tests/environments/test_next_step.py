import numpy as np
import tensorflow as tf

from keras_rlgen.environments import CartPole, next_step_reset
from tests.environments.numbered import Decaying, Numbered, check_next_step_stream


@tf.function(jit_compile=True)
def stream(seed, steps=60, batch=8):
    """The first observation; step by step, whether an episode begins, and the rest."""
    environment = Numbered()
    action = tf.zeros(batch, tf.int32)

    def step(carry, seed):
        state, ended = carry[:2]
        state, result = next_step_reset(environment, state, ended, action, seed)
        return state, result.terminated | result.truncated, ended, result

    state = environment.reset(seed, batch)
    _, result = environment.step(state, action, seed)
    ended = tf.zeros(batch, tf.bool)
    _, _, began, result = tf.scan(
        step, tf.random.split(seed, steps), initializer=(state, ended, ended, result)
    )
    return environment.observe(state), began, result


def test_the_step_after_an_end_begins_another_episode():
    first, began, result = stream(tf.constant([0, 1]))
    observations = np.concatenate([first[np.newaxis], result.observation])
    expected = check_next_step_stream(
        observations,
        result.reward.numpy(),
        result.terminated.numpy(),
        result.truncated.numpy(),
    )
    np.testing.assert_array_equal(began, expected)


def test_a_predicted_discount_is_1_where_an_episode_begins():
    environment = Decaying()
    state = environment.reset((0, 1), 2)
    ended = tf.constant([True, False])
    _, result = next_step_reset(environment, state, ended, tf.constant([0, 0]), (0, 2))
    assert result.discount.numpy().tolist() == [1.0, 0.5]
    assert not result.terminated.numpy().any()


def test_a_step_past_the_end_leaves_no_trace():
    environment = CartPole()
    state = environment.reset((0, 1), 2)
    state = state._replace(inner_state=tf.fill((2, 4), np.float32(np.nan)))
    state, result = next_step_reset(
        environment, state, tf.constant([True, False]), tf.constant([0, 1]), (0, 2)
    )
    assert np.all(np.abs(result.observation[0]) <= 0.05)
    np.testing.assert_array_equal(environment.observe(state)[0], result.observation[0])
    assert np.isnan(result.observation[1]).all()
