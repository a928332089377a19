import numpy as np
import tensorflow as tf

from keras_rlgen.environments import EpisodeState, frame_function


class TensorWorld:
    """A `TensorEnvironment`, or a model of one, in which one episode is played.

    Args:
        environment: `TensorEnvironment`.
        seed: Integer >= 0. The same seed and actions give the same episodes.

    Attributes:
        action: The action space.
        observation_shape: Tuple.
    """

    def __init__(self, environment, seed=0):
        self.environment = environment
        self.action = environment.action
        self.observation_shape = tuple(environment.observation_shape)
        self._seed, self._calls, self._state = seed, 0, None
        self._compiled_step = tf.function(environment.step, autograph=False)

    def _next_seed(self):
        self._calls += 1
        return tf.constant([self._seed, self._calls], tf.int32)

    def reset(self):
        """Begins an episode, and returns its first observation, without a batch."""
        self._state = self.environment.reset(self._next_seed(), 1)
        return self.environment.observe(self._state).numpy()[0]

    def start_from(self, observation):
        """Begins an episode where an observation shows, and returns what is seen there.

        Args:
            observation: Array of the shape of an observation.

        Returns:
            Array, or `None` if an observation does not show the state.
        """
        batch = tf.constant(np.asarray(observation)[np.newaxis], tf.float32)
        try:
            inner_state = self.environment.inner_state_of(batch)
        except NotImplementedError:
            return None
        self._state = EpisodeState(inner_state, tf.zeros((1,), tf.int32))
        return self.environment.observe(self._state).numpy()[0]

    def step(self, action):
        """Acts once.

        Args:
            action: Array of the shape of an action.

        Returns:
            The observation, the reward, and whether the episode was terminated or
            truncated.
        """
        batch = tf.constant(np.asarray(action)[np.newaxis])
        self._state, result = self._compiled_step(self._state, batch, self._next_seed())
        return (
            result.observation.numpy()[0],
            float(result.reward[0]),
            bool(result.terminated[0]),
            bool(result.truncated[0]),
        )

    def distance(self, observation):
        """Returns how far an observation is beyond the training data of a model.

        Args:
            observation: Array of the shape of an observation.

        Returns:
            Float, 0 within the data; `None` where there is no such measure.
        """
        if not hasattr(self.environment, "distance"):
            return None
        return float(self.environment.distance(observation[np.newaxis])[0])

    def frame_function(self):
        """Returns the function that draws observations: see `frame_function`."""
        environment = self.environment
        bounds = environment.observation_low, environment.observation_high
        return frame_function(environment, self.observation_shape, *bounds)
