import gymnasium
import numpy as np
import tensorflow as tf

from keras_rlgen.environments import CartPole
from tests.environments.side_by_side import check_side_by_side, close


def test_steps_as_gymnasium_does():
    actions = np.random.default_rng(0).integers(2, size=500)
    theirs = gymnasium.make("CartPole-v1", max_episode_steps=20)
    _, terminated, truncated = check_side_by_side(
        CartPole(max_episode_steps=20), theirs, actions, close
    )
    assert np.sum(terminated) > 5 and np.sum(truncated & ~terminated) > 5


def test_leaves_the_track_as_gymnasium_does():
    theirs = gymnasium.make("CartPole-v1").unwrapped
    random = np.random.default_rng(1)
    states = random.uniform(-1.0, 1.0, size=(500, 4)) * [2.5, 3.0, 0.25, 3.0]
    states = states.astype("float32")
    actions = random.integers(2, size=500)
    environment = CartPole()
    state = environment.reset((0, 1), 500)._replace(inner_state=tf.constant(states))
    _, result = environment.step(state, actions, (0, 2))
    left = 0
    for row in range(500):
        theirs.reset()
        theirs.state = states[row].astype("float64")
        observation, reward, terminated, _, _ = theirs.step(actions[row])
        close(result.observation[row].numpy(), observation)
        assert bool(result.terminated[row]) == terminated
        assert result.reward[row] == reward
        left += terminated and abs(observation[0]) > 2.4
    assert left > 5


def test_episodes_left_alone_end_with_gymnasiums():
    environment, theirs = CartPole(), gymnasium.make("CartPole-v1")
    step = tf.function(environment.step)
    random = np.random.default_rng(2)
    for seed in range(5):
        observation, _ = theirs.reset(seed=seed)
        state = environment.reset((0, 1), 1)
        state = state._replace(inner_state=tf.constant(observation[np.newaxis]))
        terminated = False
        while not terminated:
            action = random.integers(2)
            observation, _, terminated, _, _ = theirs.step(action)
            state, result = step(state, tf.constant([action]), tf.constant([0, 0]))
            # Errors of rounding grow as the pole falls.
            np.testing.assert_allclose(result.observation[0], observation, atol=1e-4)
            assert bool(result.terminated[0]) == terminated


def test_begins_as_gymnasium_does():
    environment = CartPole()
    states = environment.reset((0, 1), 5000).inner_state.numpy()
    assert states.shape == (5000, 4) and np.abs(states).max() <= 0.05
    np.testing.assert_allclose(states.mean(axis=0), 0.0, atol=0.003)
    np.testing.assert_allclose(states.std(axis=0), 0.1 / np.sqrt(12.0), rtol=0.05)


def test_specs_are_gymnasiums():
    environment, theirs = CartPole(), gymnasium.make("CartPole-v1")
    assert environment.max_episode_steps == theirs.spec.max_episode_steps
    assert environment.action.count == theirs.action_space.n
    space = theirs.observation_space
    np.testing.assert_array_equal(environment.observation_low, space.low)
    np.testing.assert_array_equal(environment.observation_high, space.high)
