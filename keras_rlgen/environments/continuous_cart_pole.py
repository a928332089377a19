import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action import ContinuousAction
from keras_rlgen.environments.cart_pole import (
    ANGLE_LIMIT,
    FORCE,
    POSITION_LIMIT,
    push_cart_pole,
)
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import uniform


@keras.saving.register_keras_serializable("keras_rlgen")
class ContinuousCartPole(TensorEnvironment):
    """Balance a pole hinged to a cart, by a force of continuous size.

    `CartPole` whose action is a fraction of the force, float32 `(1,)`, clipped to
    [-1, 1]: the cart is pushed with `10 * action` newtons. Every step has reward 1, the
    last one too. The episode terminates when the cart is more than 2.4 m from the
    center or the pole more than 12 degrees from upright, and is truncated after
    `max_episode_steps`: the return is at most `max_episode_steps`.

    Observations and starts are those of `CartPole`.

    Args:
        max_episode_steps: Integer >= 1, environment steps of 0.02 s.

    Reference:

    - The continuous cart-pole on which
      [facebookresearch/mbrl-lib](https://github.com/facebookresearch/mbrl-lib) shows
      PETS ([Chua et al., 2018](https://arxiv.org/abs/1805.12114)), with trials of 200
      steps. Computed in float32 where it uses float64, which does not clip actions.

    Example:

    >>> environment = ContinuousCartPole()
    >>> state = environment.reset(seed=(0, 1), num_environments=3)
    >>> action = environment.action.sample(seed=(0, 2), num_environments=3)
    >>> state, result = environment.step(state, action, seed=(0, 3))
    >>> result.observation.shape, result.reward.numpy().tolist()
    (TensorShape([3, 4]), [1.0, 1.0, 1.0])
    """

    def __init__(self, max_episode_steps=200):
        high = np.float32([2.0 * POSITION_LIMIT, np.inf, 2.0 * ANGLE_LIMIT, np.inf])
        super().__init__(
            observation_shape=(4,),
            action=ContinuousAction([-1.0], [1.0]),
            max_episode_steps=max_episode_steps,
            observation_low=-high,
            observation_high=high,
        )

    def initial_state(self, seed, num_environments):
        return uniform((num_environments, 4), seed, -0.05, 0.05)

    def transition(self, inner_state, action, seed):
        force = FORCE * tf.clip_by_value(action[:, 0], -1.0, 1.0)
        inner_state = push_cart_pole(inner_state, force)
        position, angle = inner_state[:, 0], inner_state[:, 2]
        terminated = (tf.abs(position) > POSITION_LIMIT) | (tf.abs(angle) > ANGLE_LIMIT)
        return inner_state, tf.ones_like(position), terminated

    def observation(self, inner_state):
        return inner_state

    def inner_state_of(self, observation):
        return observation
