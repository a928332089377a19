import math

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import uniform

GRAVITY = 9.8  # m / s^2
CART_MASS, POLE_MASS = 1.0, 0.1  # kg
TOTAL_MASS = CART_MASS + POLE_MASS
HALF_LENGTH = 0.5  # m, from the hinge to the pole's center of mass
FORCE = 10.0  # N
TIME_STEP = 0.02  # s
POSITION_LIMIT = 2.4  # m
ANGLE_LIMIT = math.radians(12.0)


@keras.saving.register_keras_serializable("keras_rlgen")
class CartPole(TensorEnvironment):
    """Balance a pole hinged to a cart: Gymnasium's `CartPole-v1`.

    Action 0 pushes the cart to the left, 1 to the right. Every step has reward 1,
    the last one too. The episode terminates when the cart is more than 2.4 m from the
    center or the pole more than 12 degrees from upright, and is truncated after
    `max_episode_steps`.

    Observation, float32 `(4,)`: position of the cart (m), its velocity (m/s), angle of
    the pole (radians, 0 is upright) and angular velocity (radians/s). Each is sampled
    uniformly from [-0.05, 0.05] at the start.

    Args:
        max_episode_steps: Integer >= 1, environment steps of 0.02 s.

    Reference:

    - [Barto, Sutton & Anderson, 1983](https://doi.org/10.1109/TSMC.1983.6313077), with
      the equations of [Florian, 2007](https://coneural.org/florian/papers/05_cart_pole.pdf),
      without friction, integrated by Euler's method. Computed in float32 where
      Gymnasium uses float64.

    Example:

    >>> environment = CartPole()
    >>> state = environment.reset(seed=(0, 1), num_environments=3)
    >>> action = environment.action.sample(seed=(0, 2), num_environments=3)
    >>> state, result = environment.step(state, action, seed=(0, 3))
    >>> result.observation.shape, result.reward.numpy().tolist()
    (TensorShape([3, 4]), [1.0, 1.0, 1.0])
    """

    def __init__(self, max_episode_steps=500):
        high = np.float32([2.0 * POSITION_LIMIT, np.inf, 2.0 * ANGLE_LIMIT, np.inf])
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
        inner_state = move_cart_pole(inner_state, action)
        position, angle = inner_state[:, 0], inner_state[:, 2]
        terminated = (tf.abs(position) > POSITION_LIMIT) | (tf.abs(angle) > ANGLE_LIMIT)
        return inner_state, tf.ones_like(position), terminated

    def observation(self, inner_state):
        return inner_state

    def inner_state_of(self, observation):
        return observation


def move_cart_pole(state, action):
    """Computes one step of the cart and the pole.

    Args:
        state: Float32 tensor `(B, 4)`: position, velocity, angle, angular velocity.
        action: Int32 tensor `(B,)`, 1 to push to the right, else to the left.

    Returns:
        Float32 tensor `(B, 4)`, the state 0.02 s later.
    """
    return push_cart_pole(state, tf.where(action == 1, FORCE, -FORCE))


def push_cart_pole(state, force):
    """Computes one step of the cart and the pole under a force on the cart.

    Args:
        state: Float32 tensor `(B, 4)`: position, velocity, angle, angular velocity.
        force: Float32 tensor `(B,)`, in newtons, positive to the right.

    Returns:
        Float32 tensor `(B, 4)`, the state 0.02 s later.

    Reference:

    - [Florian, 2007](https://coneural.org/florian/papers/05_cart_pole.pdf), equations
      23 and 24.
    """
    position, velocity, angle, angular_velocity = tf.unstack(state, axis=1)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    thrust = (
        force + POLE_MASS * HALF_LENGTH * tf.square(angular_velocity) * sine
    ) / TOTAL_MASS
    angular_acceleration = (GRAVITY * sine - cosine * thrust) / (
        HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * tf.square(cosine) / TOTAL_MASS)
    )
    acceleration = (
        thrust - POLE_MASS * HALF_LENGTH * angular_acceleration * cosine / TOTAL_MASS
    )
    return tf.stack(
        [
            position + TIME_STEP * velocity,
            velocity + TIME_STEP * acceleration,
            angle + TIME_STEP * angular_velocity,
            angular_velocity + TIME_STEP * angular_acceleration,
        ],
        axis=1,
    )
