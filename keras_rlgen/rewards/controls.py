"""Null rewards: what a learner does under them owes nothing to the reward."""

import keras
import tensorflow as tf

from keras_rlgen.rewards.arithmetic import Wrapper
from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen")
class Constant(Reward):
    """The same reward for every sample: a control that teaches nothing.

    Args:
        value: Float. Defaults to `1.0`.
    """

    def __init__(self, value=1.0, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.value = float(value)

    def call(self, samples, training=None):
        return tf.fill([tf.shape(samples)[0]], self.value)

    def get_config(self):
        return {**super().get_config(), "value": self.value}


@keras.saving.register_keras_serializable("keras_rlgen")
class UniformRandom(Reward):
    """A reward drawn uniformly from [0, 1), whatever the sample: a control.

    Args:
        seed: Integer, or `None` for a random one.
    """

    def __init__(self, seed=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, samples, training=None):
        return keras.random.uniform((tf.shape(samples)[0],), seed=self.seed_generator)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable("keras_rlgen")
class Shuffled(Wrapper):
    """A reward handed to the wrong samples: permuted within the batch.

    It keeps the distribution of the reward and takes away what it says of each
    sample, so it is the sharpest of the null controls.

    Args:
        reward: The `Reward` (or function of samples) to permute.
        seed: Integer, or `None` for a random one.
    """

    def __init__(self, reward, seed=None, name=None, **kwargs):
        super().__init__(reward, name=name, **kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def change(self, value, training):
        keys = keras.random.uniform((tf.shape(value)[0],), seed=self.seed_generator)
        return tf.gather(value, tf.argsort(keys))

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
