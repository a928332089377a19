"""Vectors of independent categorical variables, as straight-through samples."""

import tensorflow as tf

from keras_rlgen.training.stateless_random import gumbel

UNIFORM_SHARE = 0.01


def log_probabilities(logits):
    """Returns log-probabilities, mixed with a hundredth of the uniform distribution.

    Args:
        logits: Float32 tensor `(B, variables, classes)`.

    Reference:
        [Hafner et al., 2023](https://arxiv.org/abs/2301.04104), section 3.
    """
    classes = logits.shape[-1]
    probabilities = tf.nn.softmax(logits)
    mixed = (1.0 - UNIFORM_SHARE) * probabilities + UNIFORM_SHARE / classes
    return tf.math.log(mixed)


def straight_through_sample(log_probability, seed):
    """Samples one-hot vectors, with the gradient of their probabilities.

    Args:
        log_probability: Float32 tensor `(B, variables, classes)`.
        seed: Integer tensor `(2,)`.

    Returns:
        Float32 tensor `(B, variables * classes)`.

    Reference:
        [Hafner et al., 2020](https://arxiv.org/abs/2010.02193), algorithm 1.
    """
    noise = gumbel(tf.shape(log_probability), seed)
    chosen = tf.argmax(log_probability + noise, axis=-1)
    sample = tf.one_hot(chosen, log_probability.shape[-1])
    probability = tf.exp(log_probability)
    sample += probability - tf.stop_gradient(probability)
    return tf.reshape(sample, (-1, sample.shape[1] * sample.shape[2]))


def categorical_divergence(first, second):
    """Computes KL(first || second) of independent variables, in nats.

    Args:
        first: Float32 tensor `(B, variables, classes)`, log-probabilities.
        second: Float32 tensor `(B, variables, classes)`, log-probabilities.

    Returns:
        Float32 tensor `(B,)`.

    Example:

    >>> first = tf.math.log([[[0.5, 0.5]]])
    >>> second = tf.math.log([[[0.25, 0.75]]])
    >>> round(float(categorical_divergence(first, second)[0]), 4)
    0.1438
    """
    return tf.reduce_sum(tf.exp(first) * (first - second), axis=(1, 2))
