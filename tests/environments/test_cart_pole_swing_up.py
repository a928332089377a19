import math

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import CartPoleSwingUp, EpisodeState


def derivative(state, force):
    """The equations of motion, solved as a linear system, in float64."""
    _, angle, velocity, rotation = state
    sine, cosine = math.sin(angle), math.cos(angle)
    radius, cylinder = 0.045, 0.1 / (1.0 + 4.0 / 3.0 * 0.045)
    caps = 0.1 - cylinder
    inertia = cylinder * (1.0 / 12.0 + radius**2 / 4.0)
    inertia += caps * (2.0 / 5.0 * radius**2 + 1.0 / 4.0 + 3.0 / 8.0 * radius)
    inertia += 0.1 * 0.5**2  # About the hinge.
    accelerations = np.linalg.solve(
        [[1.1, 0.05 * cosine], [0.05 * cosine, inertia]],
        [force + 0.05 * rotation**2 * sine, 0.05 * 9.81 * sine],
    )
    return np.array([velocity, rotation, *accelerations])


def reference_step(state, action):
    action = min(max(action, -1.0), 1.0)
    first = derivative(state, 10.0 * action)
    second = derivative(state + 0.005 * first, 10.0 * action)
    third = derivative(state + 0.005 * second, 10.0 * action)
    fourth = derivative(state + 0.01 * third, 10.0 * action)
    state = state + 0.01 / 6.0 * (first + 2.0 * second + 2.0 * third + fourth)
    if abs(state[0]) > 1.8:
        state = np.array([math.copysign(1.8, state[0]), state[1], 0.0, state[3]])
    position, angle, _, rotation = state
    scale = -2.0 * math.log(0.1)  # tolerance() of the Control Suite, at its margin.
    upright = (1.0 + math.cos(angle)) / 2.0
    centered = (1.0 + math.exp(-0.5 * scale * (position / 2.0) ** 2)) / 2.0
    small_control = (4.0 + max(1.0 - action**2, 0.0)) / 5.0
    small_velocity = (1.0 + math.exp(-0.5 * scale * (rotation / 5.0) ** 2)) / 2.0
    return state, upright * centered * small_control * small_velocity


def observed(state):
    position, angle, velocity, rotation = state.T
    columns = position, np.cos(angle), np.sin(angle), velocity, rotation
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("action_repeat", [1, 3])
def test_steps_as_the_reference_does(action_repeat):
    generator = np.random.default_rng(0)
    states = generator.uniform(-1.0, 1.0, (200, 4)) * [1.82, 4.0, 3.0, 9.0]
    actions = generator.uniform(-1.5, 1.5, (200, 1))  # Some beyond the bounds.
    environment = CartPoleSwingUp(action_repeat=action_repeat)
    state = EpisodeState(tf.constant(states, tf.float32), tf.zeros(200, tf.int32))
    _, result = environment.step(state, actions.astype("float32"), (0, 1))
    total, at_end = np.zeros(200), False
    for _ in range(action_repeat):
        steps = [reference_step(s, a[0]) for s, a in zip(states, actions, strict=True)]
        states, reward = map(np.array, zip(*steps, strict=True))
        total += reward
        at_end |= np.any(np.abs(states[:, 0]) == 1.8)
    assert at_end  # Some reach the end of the track.
    np.testing.assert_allclose(
        result.observation, observed(states), rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(result.reward, total, rtol=1e-4, atol=1e-5)
    assert not np.any(result.terminated)


def test_begins_hanging_down():
    environment = CartPoleSwingUp(max_episode_steps=2)
    states = environment.reset((0, 1), 5000).inner_state.numpy() - [0, np.pi, 0, 0]
    np.testing.assert_allclose(states.mean(axis=0), 0.0, atol=1e-3)
    np.testing.assert_allclose(states.std(axis=0), 0.01, rtol=0.05)


def test_an_observation_shows_the_state():
    environment = CartPoleSwingUp()
    observation = environment.observe(environment.reset((0, 1), 3))
    inner_state = environment.inner_state_of(observation)
    np.testing.assert_allclose(
        environment.observation(inner_state), observation, atol=1e-6
    )


def test_config_and_errors():
    environment = CartPoleSwingUp(max_episode_steps=250, action_repeat=4)
    config = environment.get_config()
    assert config == {"max_episode_steps": 250, "action_repeat": 4}
    assert CartPoleSwingUp.from_config(config).get_config() == config
    with pytest.raises(ValueError, match="`action_repeat`.*Received: action_repeat=0"):
        CartPoleSwingUp(action_repeat=0)
