import math

import numpy as np
import tensorflow as tf

from keras_rlgen.environments import CartPole, ContinuousCartPole, EpisodeState


def reference_step(state, action):
    """mbrl-lib's step in float64, written again from its documentation."""
    position, velocity, angle, angular_velocity = state
    force = 10.0 * min(max(action, -1.0), 1.0)
    thrust = (force + 0.05 * angular_velocity**2 * math.sin(angle)) / 1.1
    angular_acceleration = (9.8 * math.sin(angle) - math.cos(angle) * thrust) / (
        0.5 * (4.0 / 3.0 - 0.1 * math.cos(angle) ** 2 / 1.1)
    )
    acceleration = thrust - 0.05 * angular_acceleration * math.cos(angle) / 1.1
    state = np.array(
        [
            position + 0.02 * velocity,
            velocity + 0.02 * acceleration,
            angle + 0.02 * angular_velocity,
            angular_velocity + 0.02 * angular_acceleration,
        ]
    )
    return state, abs(state[0]) > 2.4 or abs(state[2]) > math.radians(12.0)


def test_steps_as_the_reference_does():
    generator = np.random.default_rng(0)
    states = generator.uniform(-1.0, 1.0, (300, 4)) * [2.5, 3.0, 0.22, 3.0]
    actions = generator.uniform(-1.5, 1.5, (300, 1))  # Some beyond the bounds.
    expected = [reference_step(s, a[0]) for s, a in zip(states, actions, strict=True)]
    environment = ContinuousCartPole()
    state = EpisodeState(tf.constant(states, tf.float32), tf.zeros(300, tf.int32) + 198)
    state, result = environment.step(state, actions.astype("float32"), (0, 1))
    following, terminated = map(np.array, zip(*expected, strict=True))
    np.testing.assert_allclose(result.observation, following, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(result.terminated, terminated)
    assert 0 < terminated.sum() < 300
    np.testing.assert_array_equal(result.reward, np.ones(300))
    assert not np.any(result.truncated)
    _, result = environment.step(state, actions.astype("float32"), (0, 1))
    assert np.all(result.truncated)


def test_full_force_is_the_discrete_action():
    state = CartPole().reset((0, 1), 4)
    right = CartPole().step(state, tf.ones(4, tf.int32), (0, 2))[1]
    force = ContinuousCartPole().step(state, tf.ones((4, 1)), (0, 2))[1]
    np.testing.assert_array_equal(right.observation, force.observation)


def test_a_state_is_its_observation():
    environment = ContinuousCartPole(max_episode_steps=7)
    observation = environment.observe(environment.reset((0, 1), 5))
    np.testing.assert_array_equal(environment.inner_state_of(observation), observation)
    assert np.all(np.abs(observation) <= 0.05)
    config = environment.get_config()
    assert config == {"max_episode_steps": 7}
    assert ContinuousCartPole.from_config(config).max_episode_steps == 7
