import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import GaussianLatents


def test_parameters_are_means_then_log_variances():
    posterior = GaussianLatents(2).posterior(tf.constant([[1.0, -1.0, 0.0, 2.0]]))
    np.testing.assert_allclose(posterior.mean(), [[1.0, -1.0]])
    np.testing.assert_allclose(posterior.variance(), [[1.0, np.exp(2.0)]], rtol=1e-5)
    assert posterior.batch_shape == (1,) and posterior.event_shape == (2,)


@pytest.mark.parametrize("learned", [False, True])
def test_the_divergence_is_that_of_draws(learned):
    latents = GaussianLatents(2, learned_prior=learned)
    if learned:
        latents.prior_mean.assign([1.0, 0.0])
        latents.prior_log_variance.assign([0.5, -0.5])
    posterior = latents.posterior(tf.constant([[0.5, -1.0, -0.5, 0.2]]))
    draws = posterior.sample(200_000, seed=[0, 1])
    expected = posterior.log_prob(draws) - latents.prior().log_prob(draws)
    kl = latents.kl(posterior)
    assert kl.shape == (1, 2)
    assert float(tf.reduce_sum(kl)) == pytest.approx(float(np.mean(expected)), abs=0.02)


def test_temperature_scales_the_prior():
    latents = GaussianLatents(3, learned_prior=True)
    np.testing.assert_allclose(latents.prior(0.5).stddev(), [0.5] * 3)
    np.testing.assert_allclose(latents.prior().stddev(), [1.0] * 3)


def test_config_round_trip():
    latents = GaussianLatents(3, learned_prior=True, name="code")
    config = keras.saving.serialize_keras_object(latents)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == latents.get_config()
    assert (restored.shape, restored.num_parameters) == ((3,), 6)


@pytest.mark.parametrize("latent_dim", [0, 2.0, None])
def test_the_number_of_latents_is_checked(latent_dim):
    with pytest.raises(ValueError, match=f"positive integer. Received: {latent_dim}"):
        GaussianLatents(latent_dim)


def test_log_variances_of_unscaled_data_do_not_overflow():
    latents = GaussianLatents(1)
    posterior = latents.posterior(tf.constant([[3.0, 1e6], [3.0, -1e6]]))
    assert np.isfinite(latents.kl(posterior)).all()
