import math

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action import ContinuousAction
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import uniform

GRAVITY = 10.0  # m / s^2
MASS, LENGTH = 1.0, 1.0  # kg, m
TIME_STEP = 0.05  # s
MAX_SPEED = 8.0  # radians / s
MAX_TORQUE = 2.0  # N m
START_HIGH = np.float32([np.pi, 1.0])  # angle, angular velocity


@keras.saving.register_keras_serializable("keras_rlgen")
class Pendulum(TensorEnvironment):
    """Swing up a pendulum and balance it: Gymnasium's `Pendulum-v1`.

    The action is a torque in N m, float32 `(1,)`, clipped to [-2, 2]. The reward is
    `-(angle^2 + 0.1 * angular_velocity^2 + 0.001 * torque^2)` of the state acted on,
    with the angle in [-pi, pi) and 0 upright: between -16.28 and 0. No episode
    terminates; all are truncated after `max_episode_steps`.

    Observation, float32 `(3,)`: cosine and sine of the angle, and angular velocity in
    [-8, 8] radians/s. At the start the angle is sampled uniformly from [-pi, pi] and
    the velocity from [-1, 1].

    Args:
        max_episode_steps: Integer >= 1, environment steps of 0.05 s.

    Reference:

    - `Pendulum-v1` of [Gymnasium](https://gymnasium.farama.org/environments/classic_control/pendulum/),
      which uses float64.

    Example:

    >>> environment = Pendulum()
    >>> state = environment.reset(seed=(0, 1), num_environments=3)
    >>> action = environment.action.sample(seed=(0, 2), num_environments=3)
    >>> state, result = environment.step(state, action, seed=(0, 3))
    >>> result.observation.shape, bool(tf.reduce_all(result.reward <= 0.0))
    (TensorShape([3, 3]), True)
    """

    def __init__(self, max_episode_steps=200):
        high = np.float32([1.0, 1.0, MAX_SPEED])
        super().__init__(
            observation_shape=(3,),
            action=ContinuousAction([-MAX_TORQUE], [MAX_TORQUE]),
            max_episode_steps=max_episode_steps,
            observation_low=-high,
            observation_high=high,
        )

    def initial_state(self, seed, num_environments):
        return uniform((num_environments, 2), seed, -START_HIGH, START_HIGH)

    def transition(self, inner_state, action, seed):
        angle, velocity = tf.unstack(inner_state, axis=1)
        torque = tf.clip_by_value(action[:, 0], -MAX_TORQUE, MAX_TORQUE)
        from_upright = tf.math.floormod(angle + math.pi, 2.0 * math.pi) - math.pi
        cost = (
            tf.square(from_upright)
            + 0.1 * tf.square(velocity)
            + 0.001 * tf.square(torque)
        )
        acceleration = (
            3.0 * GRAVITY / (2.0 * LENGTH) * tf.sin(angle)
            + 3.0 / (MASS * LENGTH**2) * torque
        )
        velocity = velocity + TIME_STEP * acceleration
        velocity = tf.clip_by_value(velocity, -MAX_SPEED, MAX_SPEED)
        angle = angle + TIME_STEP * velocity
        inner_state = tf.stack([angle, velocity], axis=1)
        return inner_state, -cost, tf.zeros_like(cost, tf.bool)

    def observation(self, inner_state):
        angle, velocity = tf.unstack(inner_state, axis=1)
        return tf.stack([tf.cos(angle), tf.sin(angle), velocity], axis=1)

    def inner_state_of(self, observation):
        cosine, sine, velocity = tf.unstack(observation, axis=1)
        return tf.stack([tf.atan2(sine, cosine), velocity], axis=1)
