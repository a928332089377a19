"""Rewards composed by `+`, `-`, `*` and negation."""

import keras
import tensorflow as tf

from keras_rlgen.arguments import check_number
from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.reward import Reward, as_reward


class Compound(Reward):
    """Base class of rewards composed of others, to which it forwards its inputs.

    Subclasses implement `parts` and `terms`.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.built = True  # `terms` is called in the place of `__call__`.

    @property
    def parts(self):
        """List of the component rewards."""
        raise NotImplementedError

    @property
    def is_null(self):
        """Whether no part depends on the samples."""
        return all(reward.is_null for reward in self.parts)

    @property
    def keeps_state(self):
        """Whether a part has state that `training=True` or `learn` changes."""
        return any(reward.keeps_state for reward in self.parts)

    def bind(self, discriminator, loss=None):
        for reward in self.parts:
            reward.bind(discriminator, loss)

    def check_generator(self, generator):
        for reward in self.parts:
            reward.check_generator(generator)

    def checks(self, transitions):
        return [check for part in self.parts for check in part.checks(transitions)]

    def learn(self, transitions):
        for reward in _learners(self.parts):
            reward.learn(transitions)

    def call(self, samples, condition=None, training=None):
        return self.terms(samples, condition, training)[0]


def _learners(rewards):
    """Returns the rewards with their own `learn`, nested ones included, each once."""
    found = []
    for reward in rewards:
        forwards = type(reward).learn is Compound.learn
        found += _learners(reward.parts) if forwards else [reward]
    return list({id(reward): reward for reward in found}.values())


class Wrapper(Compound):
    """Base class of rewards that transform another reward.

    Subclasses implement `change(value, training)`. The logged terms are those of the
    wrapped reward, unchanged.

    Args:
        reward: A `Reward`, number or function of samples.
    """

    def __init__(self, reward, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.reward = as_reward(reward)

    @property
    def parts(self):
        return [self.reward]

    def terms(self, samples, condition=None, training=None):
        value, terms = self.reward.terms(samples, condition, training)
        return self.change(value, training), terms

    def change(self, value, training):
        """Returns the transformed reward, float32 `(batch,)`."""
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
        check_number("factor", factor)
        self.factor = float(factor)

    def change(self, value, training):
        return self.factor * value

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class Composite(Compound):
    """Base class of rewards that combine several, with unique names of terms."""

    def __init__(self, rewards, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(rewards, (list, tuple)) or not rewards:
            raise ValueError(
                f"`{type(self).__name__}` expected a list of at least one reward. "
                f"Received: {rewards!r}"
            )
        self.rewards = [
            part
            for reward in map(as_reward, rewards)
            for part in (reward.rewards if type(reward) is type(self) else [reward])
        ]

    @property
    def parts(self):
        return self.rewards

    def terms(self, samples, condition=None, training=None):
        values, terms = self.values_and_terms(samples, condition, training)
        return self.combine(values), terms

    def values_and_terms(self, samples, condition=None, training=None):
        """Computes the reward of each part, and all terms.

        Returns:
            A pair: the list of the parts' rewards, float32 `(batch,)`, and a dict as in
            `terms`.
        """
        values, names = [], {}
        for reward in self.rewards:
            value, terms = reward.terms(samples, condition, training)
            values.append(value)
            for name, term in terms.items():
                unique, number = name, 1
                while unique in names:
                    number += 1
                    unique = f"{name}_{number}"
                names[unique] = term
        return values, names

    def combine(self, values):
        """Combines a list of rewards into one, `(batch,)`."""
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
