"""Rewards made of rewards by `+`, `-`, `*` and negation."""

import keras
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.reward import Reward, as_reward


class Wrapper(Reward):
    """Base of the rewards that change one other reward.

    A subclass writes `change(value, training)`. Terms in the logs are those of the
    wrapped reward, unchanged.

    Args:
        reward: A `Reward`, number or function of samples.
    """

    def __init__(self, reward, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.reward = as_reward(reward)

    @property
    def is_null(self):
        """Whether the wrapped reward says nothing of the samples."""
        return self.reward.is_null

    def bind(self, discriminator):
        self.reward.bind(discriminator)

    def call(self, samples, training=None):
        return self.terms(samples, training)[0]

    def terms(self, samples, training=None):
        value, terms = self.reward.terms(samples, training)
        return self.change(value, training), terms

    def change(self, value, training):
        """Returns the changed reward, float32 `(batch,)`."""
        raise NotImplementedError

    def get_config(self):
        reward = keras.saving.serialize_keras_object(self.reward)
        return {**super().get_config(), "reward": reward}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "reward"))


@keras.saving.register_keras_serializable("keras_rlgen")
class Scaled(Wrapper):
    """A reward times a number.

    Args:
        reward: A `Reward`, number or function of samples.
        factor: Float.
    """

    def __init__(self, reward, factor, name=None, **kwargs):
        super().__init__(reward, name=name, **kwargs)
        self.factor = float(factor)

    def change(self, value, training):
        return self.factor * value

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class Composite(Reward):
    """Base of the rewards made of several; names its terms apart."""

    def __init__(self, rewards, **kwargs):
        super().__init__(**kwargs)
        self.rewards = [
            part
            for reward in map(as_reward, rewards)
            for part in (reward.rewards if type(reward) is type(self) else [reward])
        ]

    @property
    def is_null(self):
        """Whether no part says anything of the samples."""
        return all(reward.is_null for reward in self.rewards)

    def bind(self, discriminator):
        for reward in self.rewards:
            reward.bind(discriminator)

    def call(self, samples, training=None):
        return self.terms(samples, training)[0]

    def terms(self, samples, training=None):
        values, names = [], {}
        for reward in self.rewards:
            value, terms = reward.terms(samples, training)
            values.append(value)
            for name, term in terms.items():
                unique, number = name, 1
                while unique in names:
                    number += 1
                    unique = f"{name}_{number}"
                names[unique] = term
        return self.combine(values), names

    def combine(self, values):
        """Returns one reward `(batch,)` from a list of them."""
        raise NotImplementedError

    def get_config(self):
        rewards = [keras.saving.serialize_keras_object(r) for r in self.rewards]
        return {**super().get_config(), "rewards": rewards}

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["rewards"] = [
            keras.saving.deserialize_keras_object(r) for r in config["rewards"]
        ]
        return cls(**config)


@keras.saving.register_keras_serializable("keras_rlgen")
class Sum(Composite):
    """The sum of several rewards."""

    def combine(self, values):
        return tf.add_n(values)


@keras.saving.register_keras_serializable("keras_rlgen")
class Product(Composite):
    """The product of several rewards."""

    def combine(self, values):
        return tf.reduce_prod(tf.stack(values), axis=0)
