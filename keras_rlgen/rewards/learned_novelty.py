import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.layers import RunningMoments
from keras_rlgen.rewards.reward import Reward
from keras_rlgen.training.stateless_random import integers

LARGEST_OBSERVATION = 5.0


class LearnedNovelty(Reward):
    """Base class of rewards that are high where a model has learned little.

    A subclass implements `surprise` and, if it learns, `update`.

    Observations are standardised by the mean and the standard deviation of all that
    were seen, and clipped to [-5, 5]. The reward is the surprise, divided by its
    running standard deviation. Both statistics are part of the state of the reward.

    Args:
        observation_shape: Tuple, the shape of one observation.
        updates: Integer >= 0, updates of the model each time the agent learns.
        batch_size: Integer >= 1, observations in an update, sampled with replacement;
            or `None` for all that the agent learns from.
        whiten: Whether observations are standardised.
        seed: Integer, of the updates' samples; `None` for a random one.
        name: String.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self,
        observation_shape,
        updates,
        batch_size,
        whiten=True,
        seed=None,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        _require_integer("updates", updates, 0)
        if batch_size is not None:
            _require_integer("batch_size", batch_size, 1)
        self.updates = updates
        self.batch_size = batch_size
        self.whiten = whiten
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.scale = RunningMoments()
        shape = self._observation_shape = tuple(observation_shape)
        self.count, self.mean, self.squared_deviation = (
            self.add_weight(shape=shape, initializer="zeros", trainable=False, name=key)
            for key, shape in (
                ("count", ()),
                ("mean", shape),
                ("squared_deviation", shape),
            )
        )

    def surprise(self, inputs, training=False):
        """Computes how little the model expects observations.

        Args:
            inputs: Float32 tensor `(batch, ...)`, as the model takes them.
            training: Boolean, passed to the model.

        Returns:
            Float32 tensor `(batch,)`.
        """
        raise NotImplementedError

    def update(self, inputs, key):
        """Makes one update of the model.

        Args:
            inputs: Float32 tensor `(batch, ...)`, as the model takes them.
            key: Int32 tensor `(2,)` of numbers >= 0.
        """
        raise NotImplementedError

    def learn(self, transitions):
        observation = self._observations(transitions)
        if self.whiten:
            self._update_moments(observation)
        if not self.updates:
            return
        inputs = self._standardised(observation)

        def update(index):
            key = tf.abs(tf.cast(self.seed_generator.next(), tf.int32))
            keys = tf.unstack(tf.abs(tf.random.split(key, 2)))
            batch = inputs
            if self.batch_size is not None:
                count = tf.shape(inputs)[0]
                chosen = integers((self.batch_size,), keys[0], count)
                batch = tf.gather(inputs, chosen)
            self.update(batch, keys[1])
            return (index + 1,)

        tf.while_loop(
            lambda index: index < self.updates, update, (0,), parallel_iterations=1
        )

    def call(self, samples, condition=None, training=None):
        inputs = self._standardised(self._observations(samples))
        surprise = self.surprise(inputs)
        if training:
            self.scale.update(surprise)
        _, deviation = self.scale.moments()
        return surprise / deviation

    def _observations(self, transitions):
        observation = getattr(transitions, "next_observation", transitions)
        shape = self._observation_shape
        if not tf.is_tensor(observation) or observation.shape[1:] != shape:
            shapes = tf.nest.map_structure(lambda x: tuple(x.shape), observation)
            expected = ", ".join(["batch", *map(str, shape)])
            raise ValueError(
                f"Reward '{self.name}' expected observations of shape ({expected}), "
                f"the input of its model. Received: {shapes}"
            )
        return tf.cast(observation, tf.float32)

    def _update_moments(self, observation):
        """Adds a batch to the moments of all observations (Chan's formula)."""
        new = tf.cast(tf.shape(observation)[0], tf.float32)
        total = self.count + new
        shift = tf.reduce_mean(observation, axis=0) - self.mean
        mean = self.mean + shift * tf.math.divide_no_nan(new, total)
        within = new * tf.math.reduce_variance(observation, axis=0)
        between = tf.square(shift) * tf.math.divide_no_nan(self.count * new, total)
        for variable, value in (
            (self.squared_deviation, self.squared_deviation + within + between),
            (self.mean, mean),
            (self.count, total),
        ):
            # A round without steps changes nothing.
            variable.assign(tf.where(new > 0.0, value, variable.value))

    def _standardised(self, observation):
        if not self.whiten:
            return observation
        variance = self.squared_deviation / tf.maximum(self.count.value, 1.0)
        deviation = tf.where(variance > 0.0, tf.sqrt(variance), 1.0)
        inputs = (observation - self.mean) / deviation
        return tf.clip_by_value(inputs, -LARGEST_OBSERVATION, LARGEST_OBSERVATION)

    def get_config(self):
        return {
            **super().get_config(),
            "updates": self.updates,
            "batch_size": self.batch_size,
            "seed": self.seed,
        }


def _require_integer(name, value, low):
    if not is_integer(value) or value < low:
        raise ValueError(
            f"Expected `{name}` to be an integer of at least {low}. Received: {value!r}"
        )
