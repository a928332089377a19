"""A model of int32 tokens that tests can enumerate."""

import itertools

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.losses import masked_sum
from keras_rlgen.models import Draw, LikelihoodModel

END = 0


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class TokenModel(LikelihoodModel):
    """Tokens that are independent of each other, each with logits of its position.

    With `ends=True` a sample ends at the first token 0, which is part of it; what
    comes later is padding.
    """

    likelihood = "exact"
    sample_dtype = "int32"

    def __init__(
        self, length=4, vocabulary_size=3, ends=False, seed=0, name=None, **kwargs
    ):
        super().__init__(seed=seed, name=name, **kwargs)
        self.length = length
        self.vocabulary_size = vocabulary_size
        self.ends = ends
        self.sample_shape = (length,)
        self.value_range = 0, vocabulary_size - 1
        self.logits = self.add_weight(
            shape=(length, vocabulary_size), initializer="zeros", name="logits"
        )
        self.built = True

    def sample(self, count, key, condition=None, temperature=1.0):
        return self.draw(count, key, condition, temperature).samples

    def draw(self, count, key, condition=None, temperature=1.0, training=None):
        shape = (count, self.length, self.vocabulary_size)
        noise = tf.random.stateless_uniform(shape, key, minval=1e-9)
        logits = self.logits / temperature - tf.math.log(-tf.math.log(noise))
        samples = tf.argmax(logits, axis=-1, output_type=tf.int32)
        if not self.ends:
            return Draw(samples)
        mask = self.mask(samples)
        return Draw(tf.where(mask, samples, END), mask=mask)

    def mask(self, samples):
        """Returns whether a token is part of the sample, booleans of its shape."""
        ended = tf.cumsum(tf.cast(samples == END, tf.int32), axis=-1, exclusive=True)
        return ended == 0

    def draw_log_prob(self, draw, condition=None, training=None):
        log_probs = tf.nn.log_softmax(self.logits)[tf.newaxis]
        one_hot = tf.one_hot(draw.samples, self.vocabulary_size)
        return tf.reduce_sum(log_probs * one_hot, axis=-1)

    def log_density(self, samples, condition, key):
        mask = self.mask(samples) if self.ends else ()
        return masked_sum(self.draw_log_prob(Draw(samples)), mask)

    def loss_terms(self, samples, condition, key, training):
        return {"loss": -tf.reduce_mean(self.log_density(samples, condition, key))}

    @property
    def policy_variables(self):
        return self.trainable_variables

    def export_endpoints(self):
        def log_prob(samples):
            return self.log_density(samples, None, tf.constant([0, 0]))

        return {
            **super().export_endpoints(),
            "log_prob": (log_prob, [self.sample_spec]),
        }

    def call(self, inputs, training=None):
        return self.log_density(inputs, None, tf.constant([0, 0]))

    def get_config(self):
        return {
            "length": self.length,
            "vocabulary_size": self.vocabulary_size,
            "ends": self.ends,
            "seed": self.seed,
            "name": self.name,
        }


def all_samples(model):
    """Returns every sample that the model can draw, int32, and which tokens count."""
    tokens = range(model.vocabulary_size)
    samples = np.array(list(itertools.product(tokens, repeat=model.length)), "int32")
    if not model.ends:
        return samples, np.ones_like(samples, bool)
    mask = model.mask(samples).numpy()
    samples, rows = np.unique(np.where(mask, samples, END), axis=0, return_index=True)
    return samples, mask[rows]


def tokens(count=64, length=4, vocabulary_size=3):
    """Returns data in which the last value is the likeliest."""
    random = np.random.default_rng(0)
    weights = np.arange(1, vocabulary_size + 1) / sum(range(1, vocabulary_size + 1))
    return random.choice(vocabulary_size, (count, length), p=weights).astype("int32")
