"""Small problems whose gradient is known in closed form."""

import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from keras_rlgen.estimators import LatentDraws

LOGITS = np.array([[0.5, -0.2, 0.1], [-0.4, 0.3, 0.8]], "float32")
# The value of the codes (a, b) of two latents.
VALUES = np.array([[1.0, -2.0, 0.5], [3.0, 0.0, -1.0], [0.2, 1.5, -0.7]], "float32")
MEAN = np.array([0.3, -0.8], "float32")
SCALE = np.array([0.5, 1.2], "float32")
CENTRE = np.array([1.0, 0.5], "float32")
CURVATURE = np.array([0.7, -0.4], "float32")


def softmax(logits):
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def codes_posterior(logits):
    return tfd.Independent(tfd.OneHotCategorical(logits=logits, dtype=tf.float32), 1)


def value_of_codes(codes):
    """The mean of `VALUES` under codes `(..., 2, 3)`, hard or soft."""
    first, second = tf.unstack(codes, axis=-2)
    return tf.einsum("...a,ab,...b->...", first, VALUES, second)


def codes_gradient(beta=0.0):
    """The gradient of `E[value] - beta KL(q || uniform)` in the logits, enumerated."""
    policy = softmax(LOGITS)
    means = np.stack([VALUES @ policy[1], policy[0] @ VALUES])
    means = means - beta * (np.log(policy) + np.log(3.0))
    return policy * (means - (policy * means).sum(-1, keepdims=True))


def normal_posterior(parameters):
    mean, scale = tf.split(parameters, 2, axis=-1)
    return tfd.Independent(tfd.Normal(mean, scale), 1)


def value_of_vectors(vectors):
    return tf.reduce_sum(CURVATURE * tf.square(vectors - CENTRE), axis=-1)


def normal_gradient():
    """The gradient of `E[value]` in mean and scale."""
    return np.concatenate([2 * CURVATURE * (MEAN - CENTRE), 2 * CURVATURE * SCALE])


def draws_of(posterior, latents, values):
    count = latents.shape[1]
    samples = tf.ones((count, 1))
    return LatentDraws(samples, None, posterior, latents, tf.stop_gradient(values))


def estimates(estimator, parameters, posterior, value, count=20_000, beta=0.0):
    """Returns `count` estimates of a gradient of ascent, one a row.

    Args:
        estimator: `GradientEstimator`.
        parameters: Array, what the gradient is taken in.
        posterior: Callable from `(count, ...)` parameters to a distribution.
        value: Callable from latents `(num_samples, count, ...)` to their value.
        count: Integer.
        beta: Float, the weight of `log q - log p` in the value, `p` uniform.
    """
    rows = tf.repeat(tf.constant(parameters)[None], count, axis=0)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        distribution = posterior(rows)
        latents = estimator.draw(distribution, tf.constant([3, 4]))
        values = tf.transpose(value(latents))
        judged = values
        if beta:
            log_probs = distribution.log_prob(latents) + 2 * np.log(3.0)
            judged -= beta * tf.transpose(log_probs)
        draws = draws_of(distribution, latents, judged)
        loss, _ = estimator.loss(draws, None, None, tf.constant([5, 6]))
        if estimator.pathwise:
            loss -= tf.reduce_mean(values)
    return -count * tape.gradient(loss, rows).numpy()


def is_mean(rows, expected, deviations=4.0):
    """Whether the mean of rows is within some standard errors of what is expected."""
    error = rows.std(axis=0) / np.sqrt(len(rows))
    return bool((np.abs(rows.mean(axis=0) - expected) < deviations * error).all())
