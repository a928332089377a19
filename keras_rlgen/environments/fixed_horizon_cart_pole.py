import math

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.cart_pole import (
    ANGLE_LIMIT,
    POSITION_LIMIT,
    move_cart_pole,
)
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import uniform


@keras.saving.register_keras_serializable("keras_rlgen")
class FixedHorizonCartPole(TensorEnvironment):
    """`CartPole` whose episodes all last `max_episode_steps`.

    In `CartPole` an early end tells an agent that it did badly, whatever the reward.
    That leaks information where a reward is learned or tested; here nothing does. The
    pole may fall, turn over and come up again, and the episode does not terminate.

    A step's reward is 1 if, after it, the cart is less than 2.4 m from the center and
    the pole less than 12 degrees from upright; else 0. The return is thus the number of
    steps in balance, at most `max_episode_steps`.

    Actions, observations and starts are those of `CartPole`. The angle is kept in
    [-pi, pi), and the position has no bounds.

    Args:
        max_episode_steps: Integer >= 1, environment steps of 0.02 s.

    Reference:

    - `seals/CartPole-v0` of
      [HumanCompatibleAI/seals](https://github.com/HumanCompatibleAI/seals).

    Example:

    >>> environment = FixedHorizonCartPole()
    >>> state = environment.reset(seed=(0, 1), num_environments=3)
    >>> state, result = environment.step(state, tf.constant([0, 1, 1]), seed=(0, 2))
    >>> result.reward.numpy().tolist()
    [1.0, 1.0, 1.0]
    """

    def __init__(self, max_episode_steps=500):
        high = np.float32([np.inf, np.inf, np.pi, np.inf])
        super().__init__(
            observation_shape=(4,),
            action=DiscreteAction(2),
            max_episode_steps=max_episode_steps,
            observation_low=-high,
            observation_high=high,
        )

    def initial_state(self, seed, num_environments):
        return uniform((num_environments, 4), seed, -0.05, 0.05)

    def transition(self, inner_state, action, seed):
        position, velocity, angle, angular_velocity = tf.unstack(
            move_cart_pole(inner_state, action), axis=1
        )
        angle = tf.math.floormod(angle + math.pi, 2.0 * math.pi) - math.pi
        balanced = (tf.abs(position) < POSITION_LIMIT) & (tf.abs(angle) < ANGLE_LIMIT)
        inner_state = tf.stack([position, velocity, angle, angular_velocity], axis=1)
        reward = tf.cast(balanced, tf.float32)
        return inner_state, reward, tf.zeros_like(balanced)

    def observation(self, inner_state):
        return inner_state

    def inner_state_of(self, observation):
        return observation
