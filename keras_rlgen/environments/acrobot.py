import math

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import uniform

GRAVITY = 9.8  # m / s^2
MASS, LENGTH, INERTIA = 1.0, 1.0, 1.0  # kg, m, kg m^2, of each link
CENTER = 0.5  # m, from a link's joint to its center of mass
TIME_STEP = 0.2  # s
MAX_VELOCITIES = np.float32([4.0 * np.pi, 9.0 * np.pi])  # radians / s


@keras.saving.register_keras_serializable("keras_rlgen")
class Acrobot(TensorEnvironment):
    """Swing up a chain of two links: Gymnasium's `Acrobot-v1`.

    The upper link hangs from a fixed joint, and only the joint between the links has a
    motor: actions 0, 1 and 2 are torques of -1, 0 and 1 N m. Every step has reward -1,
    except a terminating one, which has 0. The episode terminates when the tip is more
    than 1 m, the length of a link, above the fixed joint, and is truncated after
    `max_episode_steps`.

    Observation, float32 `(6,)`: cosine and sine of the upper link's angle, 0 when it
    hangs down; cosine and sine of the angle between the links, 0 when the chain is
    straight; and the two angular velocities, up to 4 pi and 9 pi radians/s. Each state
    variable is sampled uniformly from [-0.1, 0.1] at the start.

    Args:
        max_episode_steps: Integer >= 1, environment steps of 0.2 s.

    Reference:

    - [Sutton, 1996](https://papers.nips.cc/paper/1995/hash/8f1d43620bc6bb580df6e80b0dc05c48-Abstract.html),
      with the equations of
      [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
      integrated by the fourth-order Runge-Kutta method, as `Acrobot-v1` of
      [Gymnasium](https://gymnasium.farama.org/environments/classic_control/acrobot/),
      which uses float64.

    Example:

    >>> environment = Acrobot()
    >>> state = environment.reset(seed=(0, 1), num_environments=3)
    >>> state, result = environment.step(state, tf.constant([0, 1, 2]), seed=(0, 2))
    >>> result.observation.shape, result.reward.numpy().tolist()
    (TensorShape([3, 6]), [-1.0, -1.0, -1.0])
    """

    def __init__(self, max_episode_steps=500):
        high = np.concatenate([np.ones(4, "float32"), MAX_VELOCITIES])
        super().__init__(
            observation_shape=(6,),
            action=DiscreteAction(3),
            max_episode_steps=max_episode_steps,
            observation_low=-high,
            observation_high=high,
        )

    def initial_state(self, seed, num_environments):
        return uniform((num_environments, 4), seed, -0.1, 0.1)

    def transition(self, inner_state, action, seed):
        torque = tf.cast(action, tf.float32) - 1.0
        moved = _runge_kutta(lambda state: _derivative(state, torque), inner_state)
        angles, velocities = moved[:, :2], moved[:, 2:]
        angles = tf.math.floormod(angles + math.pi, 2.0 * math.pi) - math.pi
        velocities = tf.clip_by_value(velocities, -MAX_VELOCITIES, MAX_VELOCITIES)
        upper, between = tf.unstack(angles, axis=1)
        terminated = -tf.cos(upper) - tf.cos(upper + between) > 1.0
        reward = tf.where(terminated, 0.0, -1.0)
        return tf.concat([angles, velocities], axis=1), reward, terminated

    def observation(self, inner_state):
        upper, between, *velocities = tf.unstack(inner_state, axis=1)
        return tf.stack(
            [
                tf.cos(upper),
                tf.sin(upper),
                tf.cos(between),
                tf.sin(between),
                *velocities,
            ],
            axis=1,
        )

    def inner_state_of(self, observation):
        cosine, sine, cosine_between, sine_between, *velocities = tf.unstack(
            observation, axis=1
        )
        angles = tf.atan2(sine, cosine), tf.atan2(sine_between, cosine_between)
        return tf.stack([*angles, *velocities], axis=1)


def _derivative(state, torque):
    """Computes the time derivative of the state, float32 `(B, 4)`.

    Args:
        state: Float32 tensor `(B, 4)`: both angles, then both angular velocities.
        torque: Float32 tensor `(B,)`.
    """
    angle_1, angle_2, velocity_1, velocity_2 = tf.unstack(state, axis=1)
    sine, cosine = tf.sin(angle_2), tf.cos(angle_2)
    coupling = MASS * LENGTH * CENTER
    inertia_1 = (
        MASS * CENTER**2
        + MASS * (LENGTH**2 + CENTER**2)
        + 2.0 * coupling * cosine
        + 2.0 * INERTIA
    )
    inertia_12 = MASS * CENTER**2 + coupling * cosine + INERTIA
    inertia_2 = MASS * CENTER**2 + INERTIA
    weight_2 = MASS * CENTER * GRAVITY * tf.sin(angle_1 + angle_2)
    force_1 = (
        -coupling * velocity_2 * (velocity_2 + 2.0 * velocity_1) * sine
        + (MASS * CENTER + MASS * LENGTH) * GRAVITY * tf.sin(angle_1)
        + weight_2
    )
    ratio = inertia_12 / inertia_1
    acceleration_2 = (
        torque + ratio * force_1 - coupling * tf.square(velocity_1) * sine - weight_2
    ) / (inertia_2 - ratio * inertia_12)
    acceleration_1 = -(inertia_12 * acceleration_2 + force_1) / inertia_1
    return tf.stack([velocity_1, velocity_2, acceleration_1, acceleration_2], axis=1)


def _runge_kutta(derivative, state):
    """Returns the state one `TIME_STEP` later."""
    first = derivative(state)
    second = derivative(state + 0.5 * TIME_STEP * first)
    third = derivative(state + 0.5 * TIME_STEP * second)
    fourth = derivative(state + TIME_STEP * third)
    return state + TIME_STEP / 6.0 * (first + 2.0 * second + 2.0 * third + fourth)
