"""An agent's stream of frames from one environment."""

from typing import Any, NamedTuple

import tensorflow as tf


class Collected(NamedTuple):
    """The frames of one round of acting in `N` environments.

    Attributes:
        frames: `Trajectory` of tensors or arrays `(N, T, ...)`.
        next_observation: Nest of tensors or arrays `(N, ...)`, the observations after
            the last frames.
        policy_state: Nest of tensors `(N, ...)`, the recurrent state of the collect
            policy before the first frames.
    """

    frames: Any
    next_observation: Any
    policy_state: Any = ()


class FrameStream:
    """The state that one round in an environment passes to the next.

    Args:
        num_environments: Integer `N`.
        policy: `TFPolicy` that acts, and whose `action` takes a stateless seed.
        steps: Int64 `tf.Variable`, the number of environment steps taken.

    Attributes:
        driver: The `Driver` that acts in the environment, or `None` until it is
            needed.
        policy_state: Nest of variables `(N, ...)`, the state of the policy.
        episode_return: Variable `(N,)`, returns of the episodes in progress.
        episode_length: Variable `(N,)`, their lengths.
        train_function: Function of a number of rounds that collects and learns, or
            `None` until it is needed.
    """

    def __init__(self, num_environments, policy, steps):
        self.driver = None
        self.train_function = None
        self.steps = steps
        self._policy = policy
        self.policy_state = tf.nest.map_structure(
            lambda x: tf.Variable(x, trainable=False),
            policy.get_initial_state(num_environments),
        )
        self.episode_return, self.episode_length = (
            tf.Variable(tf.zeros((num_environments,)), trainable=False)
            for _ in range(2)
        )

    def collect(self, num_steps, first_step):
        """Acts `num_steps` times in every environment.

        Args:
            num_steps: Integer `T`.
            first_step: Int64 scalar, on which the random numbers depend.

        Returns:
            `Collected`.
        """
        before = tf.nest.map_structure(tf.convert_to_tensor, self.policy_state)
        frames, after = self.driver.collect(self._policy, num_steps, first_step, before)
        tf.nest.map_structure(lambda v, x: v.assign(x), self.policy_state, after)
        observation = tf.nest.map_structure(_value, self.driver.observation)
        return Collected(frames, observation, before)


def _value(x):
    return tf.convert_to_tensor(x) if isinstance(x, tf.Variable) else x
