"""Base class of rewards of token sequences."""

import numpy as np
import tensorflow as tf

from keras_rlgen.rewards import Reward
from keras_rlgen.rewards.refuse_transition import refuse_transition


class TokenReward(Reward):
    """Base class of rewards of token sequences, int32 `(batch, length)`.

    Subclasses implement `score`. A token outside of the vocabulary is an error; inside
    a graph, where none can be raised, the reward of its sequence is NaN, which stops
    the training.

    Args:
        vocabulary_size: Integer, or `None` if tokens are not compared with it.
        end_token: Integer, the token that ends a sequence, or `None`.
        name: String.

    Raises:
        TypeError: If samples are not integers.
        ValueError: If they are not of shape `(batch, length)`, or of another encoding.
    """

    def __init__(self, vocabulary_size=None, end_token=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.vocabulary_size = None if vocabulary_size is None else int(vocabulary_size)
        self.end_token = None if end_token is None else int(end_token)

    def score(self, tokens, lengths):
        """Computes the reward of sequences.

        Args:
            tokens: Int32 tensor `(batch, length)`, `length` known.
            lengths: Int32 tensor `(batch,)`, the tokens of each sequence before its
                end token. The others have no meaning.

        Returns:
            Float32 tensor `(batch,)`.
        """
        raise NotImplementedError

    def check_generator(self, generator):
        size = self.vocabulary_size
        if size is not None and generator.value_range != (0, size - 1):
            raise ValueError(
                f"Reward '{self.name}' was made for tokens from 0 to {size - 1}. "
                "Received: a generator of values of the range "
                f"{generator.value_range}. Use the tokenizer by which the generator's "
                "data was encoded."
            )

    def call(self, samples, condition=None, training=None):
        tokens = self._checked(samples)
        value = tf.cast(self.score(tokens, self._lengths(tokens)), tf.float32)
        if self.vocabulary_size is None:
            return value
        known = (tokens >= 0) & (tokens < self.vocabulary_size)
        return tf.where(tf.reduce_all(known, axis=1), value, np.nan)

    def _checked(self, samples):
        """Returns the samples as int32, if they are sequences of the vocabulary."""
        refuse_transition(self, samples)
        samples = tf.convert_to_tensor(samples)
        if not samples.dtype.is_integer:
            raise TypeError(
                f"Reward '{self.name}' takes sequences of tokens, of an integer dtype. "
                f"Received: {samples.dtype.name}"
            )
        if samples.shape.rank != 2 or samples.shape[1] is None:
            raise ValueError(
                f"Reward '{self.name}' takes sequences of one token a step, of shape "
                f"(batch, length). Received: {tuple(samples.shape)}. Are they of "
                "another encoding, with several voices?"
            )
        if self.vocabulary_size is not None and tf.executing_eagerly():
            low, high = int(tf.reduce_min(samples)), int(tf.reduce_max(samples))
            if low < 0 or high >= self.vocabulary_size:
                raise ValueError(
                    f"Reward '{self.name}' was made for tokens from 0 to "
                    f"{self.vocabulary_size - 1}. Received: tokens from {low} to "
                    f"{high}. Are they of another encoding? Use the tokenizer by which "
                    "the generator's data was encoded."
                )
        return tf.cast(samples, tf.int32)

    def _lengths(self, tokens):
        """Returns the number of tokens before the end token, int32 `(batch,)`."""
        if self.end_token is None:
            return tf.fill((tf.shape(tokens)[0],), tokens.shape[1])
        ends = tf.cast(tf.equal(tokens, self.end_token), tf.int32)
        before = tf.cast(tf.equal(tf.cumsum(ends, axis=1), 0), tf.int32)
        return tf.reduce_sum(before, axis=1)

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "end_token": self.end_token,
        }
