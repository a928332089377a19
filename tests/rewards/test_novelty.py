import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from tests.networks import assert_same, differ, values
from tests.networks import vae as bernoulli_vae
from tests.rewards.generative import restored, vae
from tests.rewards.transitions import vectors


def novelty(kind="reconstruction", **kwargs):
    options = {"optimizer": keras.optimizers.Adam(0.01), "seed": 0, **kwargs}
    model = vae()
    model.num_importance_samples = 2
    return rewards.Novelty(model, kind, **options)


def observations(count, center=0.0, seed=0):
    random = np.random.default_rng(seed)
    return tf.constant(random.normal(center, 1.0, (count, 2)), tf.float32)


def test_each_kind_is_what_it_says():
    x = observations(5)
    model = vae()
    model.num_importance_samples = 2
    expected = {
        "reconstruction": np.square(model.reconstruct(x) - x).mean(axis=1),
        "density": -model.log_prob(x, seed=0) / 2.0,
        "latent_density": -model.prior().log_prob(model.encode(x)) / 2.0,
    }
    for kind, value in expected.items():
        reward = rewards.Novelty(model, kind, whiten=False)
        np.testing.assert_allclose(reward(x), value, rtol=1e-5)


def test_what_was_seen_often_is_no_longer_novel():
    reward = novelty(updates=150, batch_size=64)
    seen, other = observations(64, center=-1.0), observations(64, center=3.0, seed=1)
    reward._update_moments(tf.concat([seen, other], axis=0))
    tf.function(reward.learn, autograph=False)(seen)
    assert np.mean(reward(other)) > 3.0 * np.mean(reward(seen))
    assert [metric.name for metric in reward.metrics] == ["novelty_loss"]
    assert np.isfinite(reward.metrics[0].result())


def test_without_an_optimizer_the_model_stays():
    reward = novelty(optimizer=None)
    before = values(reward.model)
    reward.learn(observations(8))
    assert_same(values(reward.model), before)
    assert reward.count == 8.0 and reward.updates == 0


def test_of_a_transition_it_is_the_next_observation():
    reward, steps = novelty(), vectors()
    np.testing.assert_array_equal(reward(steps), reward(steps.next_observation))
    assert reward.keeps_state


def test_what_has_a_range_is_not_standardised():
    reward = rewards.Novelty(bernoulli_vae())
    assert not reward.whiten and novelty().whiten
    assert rewards.Novelty(bernoulli_vae(), whiten=True).whiten


def test_config_and_weights_round_trip():
    reward = novelty(
        "latent_density", updates=2, batch_size=8, whiten=False, name="new"
    )
    reward.learn(observations(20))
    reward(observations(20), training=True)
    config = keras.saving.serialize_keras_object(reward)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == reward.get_config()
    assert differ(values(again), values(reward))
    x = observations(9, seed=3)
    np.testing.assert_allclose(restored(reward)(x), reward(x), rtol=1e-5)


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="one of .*'reconstruction'"):
        novelty("surprise")
    with pytest.raises(ValueError, match="`updates` to be an integer"):
        novelty(updates=0.5)
    with pytest.raises(TypeError, match="method `reconstruct`"):
        rewards.Novelty(keras.Sequential())
    with pytest.raises(ValueError, match=r"shape \(batch, 2\)"):
        novelty()(tf.zeros((4, 3)))
