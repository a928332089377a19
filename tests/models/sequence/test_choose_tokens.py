import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models.sequence import choose_tokens
from keras_rlgen.models.sequence.choose_tokens import filtered_logits, sample_tokens


def test_examples():
    assert doctest.testmod(choose_tokens, extraglobs={"tf": tf}).failed == 0


@pytest.mark.parametrize("size", [7, 600])
def test_tokens_have_their_probabilities(size):
    random = np.random.default_rng(0)
    logits = random.normal(size=size).astype("float32") * 2.0
    logits[[0, size // 2, size - 1]] = -np.inf
    count = 40_000
    # Stratified, so that each token is sampled within one of its expected number.
    uniforms = tf.constant((np.arange(count) + 0.5) / count, tf.float32)
    tokens = sample_tokens(tf.repeat(logits[None], count, axis=0), uniforms).numpy()
    expected = np.exp(logits) / np.exp(logits).sum()
    frequencies = np.bincount(tokens, minlength=size) / count
    np.testing.assert_allclose(frequencies, expected, atol=1e-4)
    assert frequencies[[0, size // 2, size - 1]].max() == 0.0


@pytest.mark.parametrize("size", [7, 600])
def test_the_largest_uniform_never_samples_a_token_that_is_excluded(size):
    logits = np.zeros((1, size), "float32")
    logits[:, size // 2 :] = -np.inf
    token = sample_tokens(tf.constant(logits), tf.constant([np.float32(1 - 2**-24)]))
    assert token.numpy()[0] == size // 2 - 1


def test_filters_follow_each_other():
    probabilities = np.float32([[0.4, 0.3, 0.2, 0.1]])
    allowed = np.array([False, True, True, True])
    kept = tf.math.is_finite(
        filtered_logits(np.log(probabilities), top_k=2, top_p=0.55, allowed=allowed)
    )
    # Of the allowed, two are the likeliest: 0.6 and 0.4 of their probability.
    np.testing.assert_array_equal(kept, [[False, True, False, False]])


def test_the_likeliest_token_always_stays():
    logits = np.log(np.float32([[0.9, 0.1]]))
    kept = tf.math.is_finite(filtered_logits(logits, top_p=1e-6))
    np.testing.assert_array_equal(kept, [[True, False]])


def test_more_than_the_vocabulary_is_no_limit():
    logits = np.log(np.float32([[0.9, 0.1]]))
    np.testing.assert_array_equal(filtered_logits(logits, top_k=10), logits)
