"""Policies for tests: one small enough to enumerate, and a GAN."""

import keras
import tensorflow as tf

from keras_rlgen.distributions import Normal
from keras_rlgen.models import (
    GAN,
    ClassLabels,
    Draw,
    GenerativeModel,
    StochasticGenerator,
)
from tests import networks


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class Die(GenerativeModel):
    """A die of `sides` sides; conditional, it has a row of logits for each class."""

    likelihood = "exact"

    def __init__(self, sides=3, num_classes=None, seed=0, name=None, **kwargs):
        conditions = None if num_classes is None else ClassLabels(num_classes)
        super().__init__(conditions, seed=seed, name=name, **kwargs)
        self.sides = sides
        self.num_classes = num_classes
        self.sample_shape = (sides,)
        self.logits = self.add_weight(
            shape=(num_classes or 1, sides), initializer="zeros", name="logits"
        )
        self.built = True

    def sample(self, count, key, condition=None, temperature=1.0):
        return self.draw(count, key, condition, temperature).samples

    def draw(self, count, key, condition=None, temperature=1.0, training=None):
        condition = self._given_or_random(condition, count, key)
        logits = self._rows(count, condition) / temperature
        noise = tf.random.stateless_uniform((count, self.sides), key, minval=1e-9)
        chosen = tf.argmax(logits - tf.math.log(-tf.math.log(noise)), axis=-1)
        samples = tf.one_hot(chosen, self.sides)
        return Draw(samples, (), () if condition is None else condition)

    def draw_log_prob(self, draw, condition=None, training=None):
        condition = self._drawn_condition(draw, condition)
        logits = self._rows(tf.shape(draw.samples)[0], condition)
        return tf.reduce_sum(tf.nn.log_softmax(logits) * draw.samples, axis=-1)

    def _rows(self, count, condition):
        if condition is None:
            return tf.repeat(self.logits.value, count, axis=0)
        return tf.gather(self.logits.value, condition)

    @property
    def policy_variables(self):
        return self.trainable_variables

    def call(self, inputs, training=None):
        return inputs

    def get_config(self):
        return {
            "sides": self.sides,
            "num_classes": self.num_classes,
            "seed": self.seed,
            "name": self.name,
        }


def stochastic_gan():
    generator = StochasticGenerator(networks.generator(), Normal(0.2), seed=0)
    return GAN(generator, networks.discriminator(), networks.LATENT_DIM, seed=0)
