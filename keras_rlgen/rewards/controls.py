"""Null rewards, as controls: they carry no information about the samples."""

import keras
import tensorflow as tf

from keras_rlgen.arguments import check_number
from keras_rlgen.rewards.arithmetic import Wrapper
from keras_rlgen.rewards.batch_size import batch_size
from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen")
class Constant(Reward):
    """The same reward for every sample, as a control.

    Args:
        value: Float. Defaults to `1.0`.
    """

    is_null = True

    def __init__(self, value=1.0, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        check_number("value", value)
        self.value = float(value)

    def call(self, samples, condition=None, training=None):
        return tf.fill([batch_size(samples)], self.value)

    def get_config(self):
        return {**super().get_config(), "value": self.value}


class Seeded:
    """Mixin for random rewards: one random stream for training, one for the rest.

    So evaluation in between does not change training.

    Args:
        *args: Arguments of the other base class.
        seed: Integer, or `None` for a random one. Both streams start from it.
        **kwargs: Arguments of the other base class.
    """

    def __init__(self, *args, seed=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.evaluation_seed_generator = keras.random.SeedGenerator(seed)

    def uniform(self, count, training):
        """Returns `count` numbers in [0, 1), float32 `(count,)`."""
        stream = self.seed_generator if training else self.evaluation_seed_generator
        return keras.random.uniform((count,), seed=stream)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable("keras_rlgen")
class UniformRandom(Seeded, Reward):
    """A random reward, uniform in [0, 1), as a control.

    Args:
        seed: Integer, or `None` for a random one.
    """

    is_null = True

    def __init__(self, seed=None, name=None, **kwargs):
        super().__init__(seed=seed, name=name, **kwargs)

    def call(self, samples, condition=None, training=None):
        return self.uniform(batch_size(samples), training)


@keras.saving.register_keras_serializable("keras_rlgen")
class Shuffled(Seeded, Wrapper):
    """A reward permuted within the batch, as a control.

    It keeps the distribution of the reward and removes its dependence on the sample, so
    it is the strictest of the null controls. It carries no gradient, since a
    permutation does not change the gradient of the batch's mean.

    Args:
        reward: The `Reward` (or function of samples) to permute.
        seed: Integer, or `None` for a random one.
    """

    is_null = True

    def __init__(self, reward, seed=None, name=None, **kwargs):
        super().__init__(reward, seed=seed, name=name, **kwargs)

    def change(self, value, training):
        order = tf.argsort(self.uniform(batch_size(value), training))
        return tf.stop_gradient(tf.gather(value, order))
