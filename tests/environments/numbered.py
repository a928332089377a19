"""Environments that observe which episode they are in and how many steps it is old.

An episode's number is drawn at its start. It terminates when it is older than its
number modulo 5, and is truncated after 4 steps. Every step has reward 1.
"""

import gymnasium
import numpy as np
import tensorflow as tf

from keras_rlgen.environments import DiscreteAction, TensorEnvironment

LIMIT = 4


class Numbered(TensorEnvironment):
    def __init__(self):
        super().__init__((2,), DiscreteAction(2), max_episode_steps=LIMIT)

    def initial_state(self, seed, num_environments):
        number = tf.random.stateless_uniform(
            (num_environments,), seed, maxval=2**24, dtype=tf.int32
        )
        return number, tf.zeros((num_environments, 1), tf.int32)

    def transition(self, inner_state, action, seed):
        number, age = inner_state
        age = age + 1
        return (number, age), tf.ones(age.shape[0]), age[:, 0] > number % 5

    def observation(self, inner_state):
        number, age = inner_state
        return tf.cast(tf.concat([number[:, None], age], axis=1), tf.float32)


class Decaying(TensorEnvironment):
    """Predicts a discount: 0.5 after the first step, 0.25 after the second, then 0."""

    def __init__(self, max_episode_steps=LIMIT):
        super().__init__((1,), DiscreteAction(2), max_episode_steps)

    def initial_state(self, seed, num_environments):
        return tf.zeros((num_environments,), tf.int32)

    def transition(self, inner_state, action, seed):
        age = inner_state + 1
        discount = tf.where(age < 3, 0.5 ** tf.cast(age, tf.float32), 0.0)
        return age, tf.ones(age.shape), discount

    def observation(self, inner_state):
        return tf.cast(inner_state[:, None], tf.float32)


class NumberedEnv(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(0.0, 2.0**24, (2,), np.float64)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.state = np.array([self.np_random.integers(2**24), 0], np.float64)
        return self.state.copy(), {}

    def step(self, action):
        number, age = self.state = self.state + [0, 1]
        return self.state.copy(), 1.0, bool(age > number % 5), bool(age == LIMIT), {}


def check_next_step_stream(observations, rewards, terminated, truncated):
    """Asserts that no transition of a stream joins two episodes.

    Args:
        observations: Array `(steps + 1, batch, 2)`, the first that of the reset.
        rewards: Array `(steps, batch)`.
        terminated: Bool array `(steps, batch)`.
        truncated: Bool array `(steps, batch)`. Where a step terminated as well it may
            say so or not.

    Returns:
        Bool array `(steps, batch)`, where a step began an episode.
    """
    number, age = np.moveaxis(observations[:-1], -1, 0)
    next_number, next_age = np.moveaxis(observations[1:], -1, 0)
    ended = terminated | truncated
    began = np.concatenate([np.zeros_like(ended[:1]), ended[:-1]])
    assert terminated.sum() > 30 and (truncated & ~terminated).sum() > 10

    # After each end another episode begins, in a step that is none of its own.
    assert np.all(next_number[began] != number[began])
    assert np.all(next_age[began] == 0) and np.all(rewards[began] == 0.0)
    assert not np.any(ended & began)

    # All else stays in its episode, and goes one step on in it.
    np.testing.assert_array_equal(next_number[~began], number[~began])
    np.testing.assert_array_equal(next_age[~began], age[~began] + 1)
    assert np.all(rewards[~began] == 1.0)
    at_end = (next_age > number % 5) & ~began
    np.testing.assert_array_equal(terminated, at_end)
    np.testing.assert_array_equal(ended, at_end | ((next_age == LIMIT) & ~began))
    return began
