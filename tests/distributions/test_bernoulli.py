import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.distributions import Bernoulli

KEY = tf.constant([1, 2], tf.int32)
LOGITS = np.random.default_rng(0).normal(scale=2.0, size=(2, 3, 4))
ON = 1.0 / (1.0 + np.exp(-LOGITS))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_samples_and_their_log_probabilities(jit_compile):
    bernoulli = Bernoulli()

    @tf.function(jit_compile=jit_compile)
    def draw(logits):
        policy = bernoulli.tfp_distribution(logits)
        samples = policy.sample(seed=KEY)
        return samples, policy.log_prob(samples), policy.entropy()

    samples, log_probs, entropy = draw(tf.constant(LOGITS, tf.float32))
    assert samples.shape == (2, 3, 4) and samples.dtype == tf.float32
    assert set(np.unique(samples)) == {0.0, 1.0}
    assert log_probs.shape == entropy.shape == (2,)
    chosen = np.where(np.equal(samples, 1.0), ON, 1.0 - ON)
    np.testing.assert_allclose(log_probs, np.log(chosen).sum((1, 2)), rtol=1e-4)
    expected = -(ON * np.log(ON) + (1.0 - ON) * np.log(1.0 - ON)).sum((1, 2))
    np.testing.assert_allclose(entropy, expected, rtol=1e-4)


def test_frequencies_are_the_probabilities():
    logits = tf.repeat(tf.constant(LOGITS[:1], tf.float32), 10_000, axis=0)
    samples = Bernoulli()(logits, seed=KEY)
    np.testing.assert_allclose(tf.reduce_mean(samples, axis=0), ON[0], atol=0.02)


def test_the_generator_emits_samples_by_key():
    bernoulli, logits = Bernoulli(), tf.zeros((8, 16))
    samples = bernoulli(logits, seed=KEY)
    np.testing.assert_array_equal(samples, bernoulli(logits, seed=KEY))
    assert np.any(np.not_equal(samples, bernoulli(logits, seed=KEY + 1)))


def test_mode_is_the_likelier_value():
    mode = Bernoulli().mode(tf.constant(LOGITS, tf.float32))
    assert mode.dtype == tf.float32
    np.testing.assert_array_equal(mode, ON > 0.5)


def test_samples_carry_no_gradient_but_log_probabilities_do():
    bernoulli, logits = Bernoulli(), tf.constant(LOGITS, tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        policy = bernoulli.tfp_distribution(logits)
        samples = policy.sample(seed=KEY)
        log_probs = policy.log_prob(samples)
    assert not bernoulli.reparameterized and tape.gradient(samples, logits) is None
    # d/dlogit log p(x) = x - p(1).
    gradient = tape.gradient(log_probs, logits)
    np.testing.assert_allclose(gradient, samples - ON, atol=1e-5)


def test_real_samples_stay_as_they_are():
    real = tf.constant([[0.0, 1.0]])
    assert not Bernoulli().exploration
    np.testing.assert_array_equal(Bernoulli().perturb(real, KEY), real)


def test_what_a_learner_may_ask_of_it():
    assert Bernoulli().has_learned_entropy and Bernoulli().value_range == (0.0, 1.0)


def test_config_round_trip():
    config = keras.saving.serialize_keras_object(Bernoulli(name="pixels"))
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is Bernoulli and restored.name == "pixels"
