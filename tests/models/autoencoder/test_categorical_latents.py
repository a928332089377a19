import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import CategoricalLatents


def test_parameters_are_logits_of_each_code():
    logits = np.arange(12.0, dtype="float32").reshape(2, 6)
    posterior = CategoricalLatents(2, 3).posterior(tf.constant(logits))
    np.testing.assert_allclose(posterior.distribution.logits, logits.reshape(2, 2, 3))
    assert posterior.batch_shape == (2,) and posterior.event_shape == (2, 3)


@pytest.mark.parametrize("learned", [False, True])
def test_the_divergence_is_the_sum_over_all_codes(learned):
    latents = CategoricalLatents(1, 3, learned_prior=learned)
    if learned:
        latents.prior_logits.assign([[1.0, 0.0, -1.0]])
    posterior = latents.posterior(tf.constant([[0.3, 0.7, -2.0]]))
    codes = tf.eye(3)[:, None]
    log_q, log_p = posterior.log_prob(codes), latents.prior().log_prob(codes)
    expected = np.sum(np.exp(log_q) * (log_q - log_p))
    np.testing.assert_allclose(latents.kl(posterior), [[expected]], rtol=1e-5)
    assert float(np.sum(np.exp(log_p))) == pytest.approx(1.0)


def test_temperature_divides_the_logits_of_the_prior():
    latents = CategoricalLatents(1, 2, learned_prior=True)
    latents.prior_logits.assign([[1.0, 0.0]])
    cold = latents.prior(0.5).log_prob(tf.constant([[1.0, 0.0]]))
    assert float(cold) == pytest.approx(-np.log1p(np.exp(-2.0)), rel=1e-5)


def test_config_round_trip():
    latents = CategoricalLatents(2, 5, learned_prior=True, name="code")
    config = keras.saving.serialize_keras_object(latents)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == latents.get_config()
    assert (restored.shape, restored.num_parameters) == ((2, 5), 10)
