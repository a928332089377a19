import gymnasium
import numpy as np
import pytest
import tensorflow as tf
from gymnasium.envs.classic_control import CartPoleEnv

from keras_rlgen.environments import CartPole, EpisodeState, FixedHorizonCartPole
from tests.environments.side_by_side import check_side_by_side


class Reference(CartPoleEnv):
    """Gymnasium's CartPole, with the reward and the angle as the class says."""

    def step(self, action):
        self.steps_beyond_terminated = None
        super().step(action)
        position, velocity, angle, angular_velocity = self.state
        while angle >= np.pi:
            angle -= 2.0 * np.pi
        while angle < -np.pi:
            angle += 2.0 * np.pi
        self.state = np.array([position, velocity, angle, angular_velocity])
        balanced = abs(position) < 2.4 and abs(angle) < 12.0 * np.pi / 180.0
        return self.state.astype("float32"), float(balanced), False, False, {}


def same_but_for_full_turns(ours, theirs):
    difference = np.abs(ours - theirs)
    turns = difference[:, 2]
    difference[:, 2] = np.minimum(turns, 2.0 * np.pi - turns)
    np.testing.assert_array_less(difference, 1e-5 + 1e-5 * np.abs(theirs))


def test_steps_as_gymnasium_does():
    actions = np.random.default_rng(0).integers(2, size=600)
    theirs = gymnasium.wrappers.TimeLimit(Reference(), 250)
    observations, terminated, truncated = check_side_by_side(
        FixedHorizonCartPole(250), theirs, actions, same_but_for_full_turns
    )
    assert not terminated.any()
    np.testing.assert_array_equal(np.flatnonzero(truncated), [249, 499])
    # The pole has been all the way round.
    assert np.abs(np.diff(observations[:, 2])).max() > np.pi


def test_lasts_500_steps_whatever_happens():
    environment = FixedHorizonCartPole()

    @tf.function(jit_compile=True)
    def episode(state, action):
        steps = tf.TensorArray(tf.bool, environment.max_episode_steps)
        rewards = tf.TensorArray(tf.float32, environment.max_episode_steps)
        for number in tf.range(environment.max_episode_steps):
            state, result = environment.step(state, action, (0, 0))
            steps = steps.write(number, result.truncated | result.terminated)
            rewards = rewards.write(number, result.reward)
        return steps.stack(), rewards.stack()

    ends, rewards = episode(environment.reset((0, 1), 2), tf.constant([0, 1]))
    np.testing.assert_array_equal(np.flatnonzero(ends[:, 0]), [499])
    np.testing.assert_array_equal(ends[:, 0], ends[:, 1])
    # Pushed to one side only, the pole falls in about ten steps, and later the cart is
    # out of bounds too.
    assert np.all(rewards[:5] == 1.0) and np.all(rewards[200:] == 0.0)


@pytest.mark.parametrize(
    ("position", "angle", "reward"),
    [
        (0.0, 0.0, 1.0),
        (2.39, 0.0, 1.0),
        (-2.39, 0.2, 1.0),
        (2.41, 0.0, 0.0),
        (0.0, -0.21, 0.0),
        (-2.41, 0.21, 0.0),
        (0.0, 2.0 * np.pi + 0.2, 1.0),  # Upright again, a turn later.
        (0.0, np.pi, 0.0),
    ],
)
def test_reward_by_hand(position, angle, reward):
    # With no velocity, neither the position nor the angle changes in a step.
    inner_state = tf.constant([[position, 0.0, angle, 0.0]], tf.float32)
    state = EpisodeState(inner_state, tf.constant([0]))
    _, result = FixedHorizonCartPole().step(state, tf.constant([1]), (0, 1))
    assert float(result.reward[0]) == reward and not result.terminated[0]
    assert abs(float(result.observation[0, 2])) <= np.float32(np.pi)


def test_begins_as_cart_pole_does():
    ours = FixedHorizonCartPole().reset((0, 1), 7).inner_state
    np.testing.assert_array_equal(ours, CartPole().reset((0, 1), 7).inner_state)
    assert FixedHorizonCartPole().max_episode_steps == 500
