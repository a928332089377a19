import warnings

import gymnasium
import numpy as np
import pytest
import tensorflow as tf
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env

from keras_rlgen import rewards
from keras_rlgen.environments import RewardWrapper
from keras_rlgen.rewards import Reward


def upright(state):
    return -tf.abs(state[:, 2])


class Recorder(Reward):
    """Counts how often it learns, and in tens how often with `training=True`."""

    def __init__(self):
        super().__init__()
        self.updates = self.add_weight(shape=(), initializer="zeros", dtype="int32")

    def learn(self, transitions):
        self.updates.assign_add(1)

    def call(self, samples, training=None):
        if training:
            self.updates.assign_add(10)
        ones = tf.ones_like(samples.reward)
        return ones * tf.cast(self.updates, tf.float32)


class Refusing(Recorder):
    def checks(self, transitions):
        return [
            (ValueError("No end is allowed"), ~tf.reduce_any(transitions.terminated))
        ]


def test_rewards_are_those_of_the_transition():
    plain = gymnasium.make("CartPole-v1")
    reward = rewards.Environment() + 0.5 * rewards.FunctionReward(upright)
    environment = RewardWrapper(gymnasium.make("CartPole-v1"), reward)
    first, _ = environment.reset(seed=3)
    np.testing.assert_array_equal(first, plain.reset(seed=3)[0])
    for action in (0, 1, 1, 0):
        observation, value, *ends, info = environment.step(action)
        expected, own, *expected_ends, _ = plain.step(action)
        np.testing.assert_array_equal(observation, expected)
        assert ends == expected_ends and isinstance(value, float)
        np.testing.assert_allclose(value, own - 0.5 * abs(expected[2]), rtol=1e-6)
        assert list(info["reward_terms"]) == ["environment", "upright"]
        assert info["reward_terms"]["environment"] == own


def test_gymnasiums_checker_accepts_it():
    environment = RewardWrapper(gymnasium.make("CartPole-v1"), rewards.Environment())
    with warnings.catch_warnings():
        # That it is wrapped, and of the bounds of CartPole.
        warnings.simplefilter("ignore")
        check_env(environment, skip_render_check=True)
    assert environment.spec.additional_wrappers[-1].name == "RewardWrapper"


def test_a_reward_learns_every_so_many_steps():
    reward = Recorder()
    environment = RewardWrapper(gymnasium.make("CartPole-v1"), reward, learn_every=2)
    environment.reset(seed=0)
    values = [environment.step(0)[1] for _ in range(5)]
    assert values == [0.0, 11.0, 11.0, 22.0, 22.0]
    still = RewardWrapper(gymnasium.make("CartPole-v1"), Recorder())
    still.reset(seed=0)
    assert [still.step(0)[1] for _ in range(3)] == [0.0, 0.0, 0.0]


class Dictionary(gymnasium.Env):
    """Observations and actions that agents see in another form."""

    observation_space = spaces.Dict(
        {"state": spaces.Discrete(3, start=1), "x": spaces.Box(-1.0, 1.0, (2,))}
    )
    action_space = spaces.Discrete(2, start=5)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return {"state": np.int64(1), "x": np.zeros(2, "float32")}, {}

    def step(self, action):
        return {"state": np.int64(3), "x": np.ones(2, "float32")}, 0.0, True, False, {}


def test_transitions_are_as_agents_see_them():
    def check(transition):
        assert transition.action.dtype == tf.int32
        assert transition.observation["state"].shape == (1, 3)
        after = transition.next_observation["state"][:, 2]
        ended = tf.cast(transition.terminated, tf.float32)
        return after + 10.0 * ended + 100.0 * tf.cast(transition.action, tf.float32)

    environment = RewardWrapper(Dictionary(), check)
    environment.reset()
    assert environment.step(6)[1] == 111.0


def test_what_does_not_fit():
    make = lambda: gymnasium.make("CartPole-v1")  # noqa: E731
    with pytest.raises(ValueError, match="`learn_every` to be a positive integer"):
        RewardWrapper(make(), "environment", learn_every=0)
    with pytest.raises(TypeError, match="Expected a reward, a number or a function"):
        RewardWrapper(make(), object())
    with pytest.raises(ValueError, match=r"return shape \(batch,\)"):
        RewardWrapper(make(), lambda transition: transition.observation)
    bad = RewardWrapper(make(), lambda t: tf.math.log(-t.reward))
    bad.reset(seed=0)
    with pytest.raises(FloatingPointError, match="Expected a finite reward"):
        bad.step(0)
    refusing = RewardWrapper(make(), Refusing(), learn_every=1)
    refusing.reset(seed=0)
    with pytest.raises(ValueError, match="No end is allowed"):
        for _ in range(500):
            refusing.step(0)
