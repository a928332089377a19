import numpy as np
import tensorflow as tf

from keras_rlgen.world_models.categorical_latents import (
    categorical_divergence,
    log_probabilities,
    straight_through_sample,
)

LOGITS = tf.random.stateless_normal((3, 2, 4), (0, 1))


def test_probabilities_are_mixed_with_the_uniform_distribution():
    probabilities = np.exp(log_probabilities(LOGITS))
    np.testing.assert_allclose(probabilities.sum(-1), 1.0, rtol=1e-6)
    extreme = np.exp(log_probabilities(tf.constant([[[100.0, 0.0]]])))
    np.testing.assert_allclose(extreme, [[[0.995, 0.005]]], rtol=1e-4)


def test_samples_follow_the_probabilities():
    log_probability = tf.repeat(log_probabilities(LOGITS[:1]), 20_000, axis=0)
    samples = straight_through_sample(log_probability, tf.constant([0, 3]))
    assert samples.shape == (20_000, 8)
    np.testing.assert_allclose(
        np.mean(np.round(samples), axis=0).reshape(2, 4),
        np.exp(log_probability[0]),
        atol=0.015,
    )


def test_samples_have_the_gradient_of_the_probabilities():
    weights = tf.random.stateless_normal((3, 8), (0, 2))
    gradients = []
    for sample in (
        lambda x: straight_through_sample(x, tf.constant([0, 3])),
        lambda x: tf.reshape(tf.exp(x), (3, 8)),
    ):
        with tf.GradientTape() as tape:
            tape.watch(LOGITS)
            total = tf.reduce_sum(weights * sample(log_probabilities(LOGITS)))
        gradients.append(tape.gradient(total, LOGITS))
    np.testing.assert_allclose(*gradients, rtol=1e-4, atol=1e-6)


def test_divergence_is_the_expectation_of_log_ratios():
    first, second = log_probabilities(LOGITS), log_probabilities(-LOGITS)
    expected = [
        sum(
            np.exp(first[row, variable, k])
            * (first[row, variable, k] - second[row, variable, k])
            for variable in range(2)
            for k in range(4)
        )
        for row in range(3)
    ]
    np.testing.assert_allclose(
        categorical_divergence(first, second), expected, rtol=1e-4
    )
