import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.distributions import Normal
from keras_rlgen.models import StochasticGenerator
from tests import networks

LATENTS = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")


def test_log_probs_follow_the_density():
    policy = StochasticGenerator(networks.generator(), Normal(0.5), seed=0)
    samples, log_probs = policy.sample_with_log_prob(LATENTS)
    assert samples.shape == (5, 2) and log_probs.shape == (5,)
    residuals = (samples.numpy() - policy.network(LATENTS).numpy()) / 0.5
    assert (residuals != 0.0).all()
    expected = -0.5 * (residuals**2 + np.log(2.0 * np.pi * 0.25)).sum(axis=-1)
    np.testing.assert_allclose(log_probs, expected, rtol=1e-5)


def test_samples_are_constants_and_log_probs_are_not():
    policy = StochasticGenerator(networks.generator(), "normal", seed=0)
    with tf.GradientTape(persistent=True) as tape:
        samples, log_probs = policy.sample_with_log_prob(LATENTS)
        total, log_prob = tf.reduce_sum(samples), tf.reduce_sum(log_probs)
    weights = policy.trainable_variables
    assert all(g is None for g in tape.gradient(total, weights))
    assert all(g is not None for g in tape.gradient(log_prob, weights))


def test_exploration_is_left_out_of_what_is_emitted():
    policy = StochasticGenerator(networks.generator(), Normal(0.5), seed=0)
    np.testing.assert_array_equal(policy(LATENTS), policy.network(LATENTS))
    learned = StochasticGenerator(
        networks.generator(), Normal(0.5, learned=True), seed=0
    )
    assert (learned(LATENTS).numpy() != learned.network(LATENTS).numpy()).all()
    assert any("log_scale" in v.path for v in learned.trainable_variables)


@pytest.mark.parametrize("distribution", ["bernoulli", "categorical"])
def test_discrete_samples_come_from_the_seed(distribution):
    policy = StochasticGenerator(networks.generator(size=4), distribution, seed=0)
    key = tf.constant([3, 4])
    first, second = policy(LATENTS, seed=key), policy(LATENTS, seed=key)
    np.testing.assert_array_equal(first, second)
    assert set(np.unique(first)) <= {0.0, 1.0}
    streams = [policy(LATENTS).numpy() for _ in range(4)]
    assert any((streams[0] != other).any() for other in streams[1:])


def test_the_same_seed_gives_the_same_stream():
    first, second = (
        StochasticGenerator(networks.generator(), "normal", seed=7) for _ in range(2)
    )
    for _ in range(2):
        np.testing.assert_array_equal(
            first.sample_with_log_prob(LATENTS)[0],
            second.sample_with_log_prob(LATENTS)[0],
        )


def test_config_is_complete():
    policy = StochasticGenerator(
        networks.generator(),
        Normal(0.3, learned=True),
        seed=4,
        name="policy",
        dtype="mixed_float16",
    )
    config = policy.get_config()
    arguments = set(inspect.signature(StochasticGenerator).parameters) - {"kwargs"}
    assert set(config) == arguments | {"dtype"}
    copy = StochasticGenerator.from_config(config)
    assert copy.get_config() == config
    assert copy.dtype_policy.name == "mixed_float16"
    copy.set_weights(policy.get_weights())
    key = tf.constant([0, 1])
    np.testing.assert_array_equal(policy(LATENTS, seed=key), copy(LATENTS, seed=key))


def test_a_saved_policy_needs_no_custom_objects(tmp_path):
    policy = StochasticGenerator(networks.generator(), Normal(0.3, learned=True))
    policy.distribution.log_scale.assign([0.5, -0.5])
    policy.save(tmp_path / "policy.keras")
    loaded = keras.models.load_model(tmp_path / "policy.keras")
    networks.assert_same(networks.values(policy), networks.values(loaded))


def test_errors():
    unbuilt = keras.Sequential([keras.layers.Dense(2)])
    with pytest.raises(ValueError, match=r"built `network`.*Input\(shape\)"):
        StochasticGenerator(unbuilt)
    with pytest.raises(ValueError, match="Unknown output distribution: 'gamma'"):
        StochasticGenerator(networks.generator(), "gamma")
