import gymnasium
import numpy as np
import tensorflow as tf

from keras_rlgen.environments import Acrobot
from tests.environments.side_by_side import check_side_by_side


def close(ours, theirs):
    # Velocities reach 28 radians/s, and both angles turn over.
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_steps_as_gymnasium_does():
    actions = np.random.default_rng(0).integers(3, size=450)
    theirs = gymnasium.make("Acrobot-v1", max_episode_steps=150)
    _, _, truncated = check_side_by_side(
        Acrobot(max_episode_steps=150), theirs, actions, close
    )
    assert truncated.sum() >= 2


def test_ends_and_turns_over_as_gymnasium_does():
    theirs = gymnasium.make("Acrobot-v1").unwrapped
    random = np.random.default_rng(1)
    high = [np.pi, np.pi, 4.0 * np.pi, 9.0 * np.pi]
    states = random.uniform(-1.0, 1.0, size=(500, 4)) * high
    states[:250, 2:] *= 0.1
    states = states.astype("float32")
    actions = random.integers(3, size=500)
    environment = Acrobot()
    state = environment.reset((0, 1), 500)._replace(inner_state=tf.constant(states))
    state, result = environment.step(state, actions, (0, 2))
    assert np.all(np.abs(state.inner_state[:, :2]) <= np.float32(np.pi))
    for row in range(500):
        theirs.reset()
        theirs.state = states[row].astype("float64")
        observation, reward, terminated, _, _ = theirs.step(actions[row])
        np.testing.assert_allclose(
            result.observation[row], observation, rtol=1e-3, atol=1e-3
        )
        assert bool(result.terminated[row]) == terminated
        assert result.reward[row] == reward
    assert 20 < np.sum(result.terminated) < 480
    fastest = np.abs(result.observation[:, 4:]).max(axis=0)
    np.testing.assert_array_equal(fastest, np.float32([4.0 * np.pi, 9.0 * np.pi]))


def test_swings_up_by_pushing_along_the_movement():
    environment = Acrobot()
    state = environment.reset((0, 1), 16)
    step = tf.function(environment.step, jit_compile=True)
    reached = np.zeros(16, bool)
    for _ in range(500):
        push = np.where(state.inner_state[:, 3] - state.inner_state[:, 2] > 0.0, 2, 0)
        action = tf.constant(push.astype("int32"))
        state, result = step(state, action, tf.constant((0, 2)))
        reached |= result.terminated.numpy()
    assert reached.mean() > 0.5


def test_begins_as_gymnasium_does():
    states = Acrobot().reset((0, 1), 5000).inner_state.numpy()
    assert states.shape == (5000, 4) and np.abs(states).max() <= 0.1
    np.testing.assert_allclose(states.mean(axis=0), 0.0, atol=0.006)
    np.testing.assert_allclose(states.std(axis=0), 0.2 / np.sqrt(12.0), rtol=0.05)


def test_specs_are_gymnasiums():
    environment, theirs = Acrobot(), gymnasium.make("Acrobot-v1")
    assert environment.max_episode_steps == theirs.spec.max_episode_steps
    assert environment.action.count == theirs.action_space.n
    space = theirs.observation_space
    np.testing.assert_array_equal(environment.observation_low, space.low)
    np.testing.assert_array_equal(environment.observation_high, space.high)
