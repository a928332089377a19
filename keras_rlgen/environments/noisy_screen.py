import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import check_no_class, is_integer
from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import uniform


@keras.saving.register_keras_serializable("keras_rlgen")
class NoisyScreen(TensorEnvironment):
    """A wrapper with a screen of noise to look at, as a control of novelty.

    It has one more action, the last: looking at the screen. While the agent looks,
    nothing else changes and the reward is 0, but time passes. Observations are those of
    `environment` and, after them, the screen: random numbers, new in each step in
    which the agent looks at it, and 0 in all others. An agent that is rewarded for what
    it cannot predict may stay there.

    Args:
        environment: `TensorEnvironment` with discrete actions and observations that are
            vectors.
        size: Integer >= 1, the numbers on the screen, uniform in [0, 1).

    Raises:
        ValueError: If the environment has other actions or observations.

    Reference:

    - The "noisy TV" of [Burda et al., 2019](https://arxiv.org/abs/1808.04355), section
      5.

    Example:

    >>> from keras_rlgen.environments import CartPole
    >>> environment = NoisyScreen(CartPole(), size=3)
    >>> environment.action.count, environment.observation_shape
    (3, (7,))
    >>> state = environment.reset(seed=(0, 1), num_environments=2)
    >>> state, result = environment.step(state, tf.constant([1, 2]), seed=(0, 2))
    >>> tf.reduce_any(result.observation[:, 4:] > 0.0, axis=1).numpy().tolist()
    [False, True]
    """

    def __init__(self, environment, size=4):
        check_no_class("environment", environment)
        shape = environment.observation_shape
        discrete = isinstance(environment.action, DiscreteAction)
        if len(shape) != 1 or not discrete:
            raise ValueError(
                "Expected an environment with discrete actions and observations that "
                f"are vectors. Received: observations of shape {shape} and "
                f"{environment.action}"
            )
        if not is_integer(size) or size < 1:
            raise ValueError(f"Expected `size` >= 1. Received: {size!r}")
        super().__init__(
            (shape[0] + size,),
            DiscreteAction(environment.action.count + 1),
            environment.max_episode_steps,
            np.concatenate([environment.observation_low, np.zeros(size)]),
            np.concatenate([environment.observation_high, np.ones(size)]),
        )
        self.environment = environment
        self.costly_reset = environment.costly_reset
        self.size = int(size)

    def initial_state(self, seed, num_environments):
        inner_state = self.environment.initial_state(seed, num_environments)
        return inner_state, tf.zeros((num_environments, self.size))

    def transition(self, inner_state, action, seed):
        before, _ = inner_state
        screen_seed, seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        looks = tf.equal(action, self.environment.action.count)
        following, reward, end = self.environment.transition(
            before, tf.where(looks, 0, action), tf.abs(seed)
        )
        following = tf.nest.map_structure(
            lambda old, new: tf.where(_like(looks, new), old, new), before, following
        )
        noise = uniform((*looks.shape, self.size), tf.abs(screen_seed), 0.0, 1.0)
        screen = tf.where(looks[:, tf.newaxis], noise, 0.0)
        end = tf.convert_to_tensor(end)
        goes_on = tf.zeros_like(end) if end.dtype == tf.bool else tf.ones_like(end)
        end = tf.where(looks, goes_on, end)
        return (following, screen), tf.where(looks, 0.0, reward), end

    def observation(self, inner_state):
        inner_state, screen = inner_state
        return tf.concat([self.environment.observation(inner_state), screen], axis=1)

    def get_config(self):
        environment = keras.saving.serialize_keras_object(self.environment)
        return {"environment": environment, "size": self.size}

    @classmethod
    def from_config(cls, config):
        environment = keras.saving.deserialize_keras_object(config["environment"])
        return cls(environment, config["size"])


def _like(values, other):
    """Returns `(batch,)` values with the axes that `other` has besides, of length 1."""
    return tf.reshape(values, [-1] + [1] * (other.shape.rank - 1))
