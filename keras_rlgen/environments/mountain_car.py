import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import check_flag
from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import uniform

FORCE, GRAVITY = 0.001, 0.0025
LOWEST, HIGHEST = -1.2, 0.6  # position
MAX_SPEED = 0.07
GOAL = 0.5


@keras.saving.register_keras_serializable("keras_rlgen")
class MountainCar(TensorEnvironment):
    """Drive a weak car out of a valley: Gymnasium's `MountainCar-v0`.

    Action 0 accelerates to the left, 1 not at all, 2 to the right. The engine is too
    weak for the slope: the car has to swing. Every step has reward -1, the last one
    too. The episode terminates at the goal, a position of 0.5, and is truncated after
    `max_episode_steps`.

    With `sparse` the reward is 1 in the step that reaches the goal, and 0 elsewhere:
    nothing can be learned before exploration finds the goal.

    Observation, float32 `(2,)`: position in [-1.2, 0.6] and velocity in [-0.07, 0.07]
    per step. At the start the position is sampled uniformly from [-0.6, -0.4], and the
    velocity is 0.

    Args:
        max_episode_steps: Integer >= 1.
        sparse: Whether only reaching the goal is rewarded.

    Reference:

    - [Moore, 1990](https://www.cl.cam.ac.uk/techreports/UCAM-CL-TR-209.pdf), as
      `MountainCar-v0` of [Gymnasium](https://gymnasium.farama.org/environments/classic_control/mountain_car/),
      which uses float64.

    Example:

    >>> environment = MountainCar(sparse=True)
    >>> state = environment.reset(seed=(0, 1), num_environments=3)
    >>> state, result = environment.step(state, tf.constant([0, 1, 2]), seed=(0, 2))
    >>> result.observation.shape, result.reward.numpy().tolist()
    (TensorShape([3, 2]), [0.0, 0.0, 0.0])
    """

    def __init__(self, max_episode_steps=200, sparse=False):
        super().__init__(
            observation_shape=(2,),
            action=DiscreteAction(3),
            max_episode_steps=max_episode_steps,
            observation_low=np.float32([LOWEST, -MAX_SPEED]),
            observation_high=np.float32([HIGHEST, MAX_SPEED]),
        )
        check_flag("sparse", sparse)
        self.sparse = bool(sparse)

    def initial_state(self, seed, num_environments):
        position = uniform((num_environments,), seed, -0.6, -0.4)
        return tf.stack([position, tf.zeros_like(position)], axis=1)

    def transition(self, inner_state, action, seed):
        position, velocity = tf.unstack(inner_state, axis=1)
        push = FORCE * (tf.cast(action, tf.float32) - 1.0)
        velocity += push - GRAVITY * tf.cos(3.0 * position)
        velocity = tf.clip_by_value(velocity, -MAX_SPEED, MAX_SPEED)
        position = tf.clip_by_value(position + velocity, LOWEST, HIGHEST)
        # The wall on the left stops the car.
        velocity = tf.where(position > LOWEST, velocity, tf.maximum(velocity, 0.0))
        terminated = (position >= GOAL) & (velocity >= 0.0)
        reward = tf.cast(terminated, tf.float32)
        if not self.sparse:
            reward = -tf.ones_like(position)
        return tf.stack([position, velocity], axis=1), reward, terminated

    def observation(self, inner_state):
        return inner_state

    def inner_state_of(self, observation):
        return observation

    def get_config(self):
        return {**super().get_config(), "sparse": self.sparse}
