import math

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.environments.action import ContinuousAction
from keras_rlgen.environments.tensor_environment import TensorEnvironment

GRAVITY = 9.81  # m / s^2
FORCE = 10.0  # N
TOTAL_MASS, POLE_MASS = 1.1, 0.1  # kg
POLE_MOMENT = 0.05  # kg m: the pole's mass by the distance of its center of mass
POLE_INERTIA = 0.034424  # kg m^2: of a capsule of 1 m and radius 0.045 m, at the hinge
TIME_STEP = 0.01  # s
POSITION_LIMIT = 1.8  # m
START_SCALE = 0.01  # m, m/s, radians and radians/s


@keras.saving.register_keras_serializable("keras_rlgen")
class CartPoleSwingUp(TensorEnvironment):
    """Swing up a pole that hangs from a cart, and balance it in the center.

    The action is a fraction of the force, float32 `(1,)`, clipped to [-1, 1]: the cart
    is pushed with `10 * action` newtons. Its track ends at 1.8 m on both sides, and
    there it stops. No episode terminates; all are truncated after `max_episode_steps`.

    Observation, float32 `(5,)`: position of the cart (m), cosine and sine of the pole's
    angle, of which 0 is upright and positive ones lean to the right, velocity of the
    cart (m/s) and angular velocity (radians/s). At the start the pole hangs down, and
    normal noise with a standard deviation of 0.01 is added to all of them.

    The reward of a step is in [0, 1], a product of four smooth terms of the state that
    the step led to and of the action:

    - upright: `(1 + cosine) / 2`;
    - near the center: `(1 + 0.1^(position^2 / 4)) / 2`;
    - little force: `(4 + 1 - action^2) / 5`;
    - little rotation: `(1 + 0.1^(angular_velocity^2 / 25)) / 2`.

    Args:
        max_episode_steps: Integer >= 1, environment steps.
        action_repeat: Integer >= 1. A step repeats its action for so many steps of
            0.01 s, and has the sum of their rewards. With 4 and
            `max_episode_steps=250`, an episode takes as long, and its return is at most
            1,000 as well.

    Raises:
        ValueError: If `action_repeat` is out of its range.

    Reference:

    - `cartpole-swingup` of the
      [DeepMind Control Suite](https://arxiv.org/abs/1801.00690): the same masses,
      integration (Runge-Kutta of fourth order), starts and reward. It has a little
      friction, and soft ends of the track.

    Example:

    >>> environment = CartPoleSwingUp()
    >>> state = environment.reset(seed=(0, 1), num_environments=3)
    >>> state, result = environment.step(state, tf.ones((3, 1)), seed=(0, 2))
    >>> result.observation.shape, bool(tf.reduce_all(result.reward < 0.01))
    (TensorShape([3, 5]), True)
    """

    def __init__(self, max_episode_steps=1000, action_repeat=1):
        if not is_integer(action_repeat) or action_repeat < 1:
            raise ValueError(
                "Argument `action_repeat` must be an integer of at least 1. "
                f"Received: action_repeat={action_repeat!r}"
            )
        high = np.float32([POSITION_LIMIT, 1.0, 1.0, np.inf, np.inf])
        super().__init__(
            observation_shape=(5,),
            action=ContinuousAction([-1.0], [1.0]),
            max_episode_steps=max_episode_steps,
            observation_low=-high,
            observation_high=high,
        )
        self.action_repeat = action_repeat

    def initial_state(self, seed, num_environments):
        hanging = tf.constant([0.0, math.pi, 0.0, 0.0])
        noise = tf.random.stateless_normal((num_environments, 4), seed)
        return hanging + START_SCALE * noise

    def transition(self, inner_state, action, seed):
        action = tf.clip_by_value(action[:, 0], -1.0, 1.0)
        total = tf.zeros_like(action)
        for _ in range(self.action_repeat):
            inner_state = _integrate(inner_state, FORCE * action)
            total += swing_up_reward(inner_state, action)
        return inner_state, total, tf.zeros_like(total, tf.bool)

    def observation(self, inner_state):
        position, angle, velocity, angular_velocity = tf.unstack(inner_state, axis=1)
        return tf.stack(
            [position, tf.cos(angle), tf.sin(angle), velocity, angular_velocity], axis=1
        )

    def inner_state_of(self, observation):
        position, cosine, sine, velocity, angular_velocity = tf.unstack(
            observation, axis=1
        )
        angle = tf.atan2(sine, cosine)
        return tf.stack([position, angle, velocity, angular_velocity], axis=1)

    def get_config(self):
        return {**super().get_config(), "action_repeat": self.action_repeat}


def swing_up_reward(state, action):
    """Computes the reward of states and the actions that led to them.

    Args:
        state: Float32 tensor `(B, 4)`: position, angle, velocity, angular velocity.
        action: Float32 tensor `(B,)` in [-1, 1].

    Returns:
        Float32 tensor `(B,)` in [0, 1].

    Example:

    >>> upright = tf.zeros((1, 4))
    >>> swing_up_reward(upright, tf.zeros(1)).numpy().tolist()
    [1.0]
    """
    position, angle, _, angular_velocity = tf.unstack(state, axis=1)
    upright = (1.0 + tf.cos(angle)) / 2.0
    centered = (1.0 + 0.1 ** tf.square(position / 2.0)) / 2.0
    small_force = (5.0 - tf.square(action)) / 5.0
    small_rotation = (1.0 + 0.1 ** tf.square(angular_velocity / 5.0)) / 2.0
    return upright * centered * small_force * small_rotation


def _integrate(state, force):
    """Returns the state 0.01 s later, by the Runge-Kutta method of fourth order."""
    first = _derivative(state, force)
    second = _derivative(state + TIME_STEP / 2.0 * first, force)
    third = _derivative(state + TIME_STEP / 2.0 * second, force)
    fourth = _derivative(state + TIME_STEP * third, force)
    change = (first + 2.0 * second + 2.0 * third + fourth) / 6.0
    position, angle, velocity, angular_velocity = tf.unstack(
        state + TIME_STEP * change, axis=1
    )
    at_end = tf.abs(position) > POSITION_LIMIT
    return tf.stack(
        [
            tf.clip_by_value(position, -POSITION_LIMIT, POSITION_LIMIT),
            angle,
            tf.where(at_end, 0.0, velocity),
            angular_velocity,
        ],
        axis=1,
    )


def _derivative(state, force):
    _, angle, velocity, angular_velocity = tf.unstack(state, axis=1)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    thrust = (force + POLE_MOMENT * tf.square(angular_velocity) * sine) / TOTAL_MASS
    angular_acceleration = (
        POLE_MOMENT
        * (GRAVITY * sine - cosine * thrust)
        / (POLE_INERTIA - tf.square(POLE_MOMENT * cosine) / TOTAL_MASS)
    )
    acceleration = thrust - POLE_MOMENT * angular_acceleration * cosine / TOTAL_MASS
    return tf.stack(
        [velocity, angular_velocity, acceleration, angular_acceleration], axis=1
    )
