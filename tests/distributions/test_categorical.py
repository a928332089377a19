import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.distributions import Categorical

KEY = tf.constant([1, 2], tf.int32)
LOGITS = np.random.default_rng(0).normal(size=(2, 5, 3))
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_samples_and_their_log_probabilities(jit_compile):
    categorical = Categorical()

    @tf.function(jit_compile=jit_compile)
    def draw(logits):
        policy = categorical.tfp_distribution(logits)
        samples = policy.sample(seed=KEY)
        return samples, policy.log_prob(samples), policy.entropy()

    samples, log_probs, entropy = draw(tf.constant(LOGITS, tf.float32))
    assert samples.shape == (2, 5, 3) and samples.dtype == tf.float32
    assert set(np.unique(samples)) == {0.0, 1.0}
    np.testing.assert_array_equal(tf.reduce_sum(samples, axis=-1), np.ones((2, 5)))
    assert log_probs.shape == entropy.shape == (2,)
    chosen = (PROBABILITIES * samples.numpy()).sum(axis=-1)
    np.testing.assert_allclose(log_probs, np.log(chosen).sum(axis=-1), rtol=1e-4)
    expected = -(PROBABILITIES * np.log(PROBABILITIES)).sum((1, 2))
    np.testing.assert_allclose(entropy, expected, rtol=1e-4)


def test_a_single_choice():
    logits = tf.constant(LOGITS[:, 0], tf.float32)
    policy = Categorical().tfp_distribution(logits)
    assert policy.batch_shape == (2,) and policy.event_shape == (3,)
    np.testing.assert_allclose(
        policy.log_prob([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
        np.log([PROBABILITIES[0, 0, 0], PROBABILITIES[1, 0, 2]]),
        rtol=1e-5,
    )


def test_frequencies_are_the_probabilities():
    logits = tf.repeat(tf.constant(LOGITS[:1], tf.float32), 10_000, axis=0)
    frequencies = tf.reduce_mean(Categorical()(logits, seed=KEY), axis=0)
    np.testing.assert_allclose(frequencies, PROBABILITIES[0], atol=0.02)


def test_the_generator_emits_samples_by_key():
    categorical, logits = Categorical(), tf.zeros((32, 3))
    samples = categorical(logits, seed=KEY)
    np.testing.assert_array_equal(samples, categorical(logits, seed=KEY))
    assert np.any(np.not_equal(samples, categorical(logits, seed=KEY + 1)))


def test_mode_is_the_likeliest_class():
    mode = Categorical().mode(tf.constant(LOGITS, tf.float32))
    assert mode.dtype == tf.float32
    np.testing.assert_array_equal(mode, np.eye(3)[LOGITS.argmax(axis=-1)])


def test_samples_carry_no_gradient_but_log_probabilities_do():
    categorical, logits = Categorical(), tf.constant(LOGITS, tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        policy = categorical.tfp_distribution(logits)
        samples = policy.sample(seed=KEY)
        log_probs = policy.log_prob(samples)
    assert not categorical.reparameterized and not categorical.exploration
    assert tape.gradient(samples, logits) is None
    gradient = tape.gradient(log_probs, logits)
    np.testing.assert_allclose(gradient, samples - PROBABILITIES, atol=1e-5)


def test_what_a_learner_may_ask_of_it():
    assert Categorical().has_learned_entropy and Categorical().value_range == (0.0, 1.0)


def test_config_round_trip():
    config = keras.saving.serialize_keras_object(Categorical(name="tokens"))
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is Categorical and restored.name == "tokens"
