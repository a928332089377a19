import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import CartPole, GridWorld, NoisyScreen, Pendulum
from tests.environments.numbered import Decaying, Numbered


def test_looking_changes_nothing_but_the_screen():
    inner = CartPole()
    environment = NoisyScreen(inner, size=3)
    state = environment.reset((0, 1), 4)
    before = environment.observe(state).numpy()
    np.testing.assert_array_equal(before[:, 4:], np.zeros((4, 3)))
    action = tf.constant([0, 2, 1, 2])
    state, result = environment.step(state, action, (0, 2))
    looks = action.numpy() == 2
    observation = result.observation.numpy()
    screen = observation[:, 4:]
    assert not screen[~looks].any() and np.all(
        (screen[looks] > 0) & (screen[looks] < 1)
    )
    assert len(np.unique(screen[looks])) == 6
    np.testing.assert_array_equal(observation[looks, :4], before[looks, :4])
    np.testing.assert_array_equal(result.reward, [1.0, 0.0, 1.0, 0.0])
    expected = inner.step(inner.reset((0, 1), 4), tf.constant([0, 0, 1, 0]), (0, 2))[1]
    np.testing.assert_array_equal(
        observation[~looks, :4], expected.observation.numpy()[~looks]
    )
    _, again = environment.step(state, action, (0, 3))
    assert np.all(again.observation.numpy()[looks, 4:] != screen[looks])
    np.testing.assert_array_equal(state.elapsed_steps, [1, 1, 1, 1])


@pytest.mark.parametrize("inner", [Numbered(), Decaying()])
def test_the_end_is_the_environments_and_none_while_looking(inner):
    environment = NoisyScreen(inner, size=1)
    step = tf.function(environment.step)
    look = environment.action.count - 1
    state = environment.reset((0, 1), 5)
    state, result = step(state, tf.fill((5,), look), tf.constant((0, 2)))
    assert not np.any(result.terminated) and np.all(result.discount == 1.0)
    plain = inner.reset((0, 1), 5)
    _, expected = inner.step(plain, tf.zeros(5, tf.int32), (0, 3))
    _, result = step(state, tf.zeros(5, tf.int32), tf.constant((0, 3)))
    np.testing.assert_array_equal(result.discount, expected.discount)
    np.testing.assert_array_equal(result.terminated, expected.terminated)


def test_config_round_trip():
    environment = NoisyScreen(GridWorld(["S.G"], max_episode_steps=7), size=2)
    config = keras.saving.serialize_keras_object(environment)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == environment.get_config()
    assert restored.observation_shape == (5,) and restored.max_episode_steps == 7


def test_bad_arguments():
    with pytest.raises(ValueError, match="discrete actions and observations that are"):
        NoisyScreen(Pendulum())
    with pytest.raises(ValueError, match="Expected `size` >= 1. Received: 0"):
        NoisyScreen(CartPole(), size=0)
    with pytest.raises(TypeError, match=r"the class `CartPole`. Call it: `CartPole\("):
        NoisyScreen(CartPole)
