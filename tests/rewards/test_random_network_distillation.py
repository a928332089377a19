import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.rewards import RandomNetworkDistillation
from tests.networks import assert_same, differ, values
from tests.rewards.transitions import vectors


def features(seed, inputs=2, outputs=4):
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(outputs),
        ]
    )


def novelty(**kwargs):
    options = {"optimizer": keras.optimizers.Adam(0.01), **kwargs}
    return RandomNetworkDistillation(features(1), features(2), **options)


def observations(count, center=0.0, deviation=1.0, seed=0):
    random = np.random.default_rng(seed)
    return tf.constant(random.normal(center, deviation, (count, 2)), tf.float32)


def test_the_reward_is_the_error_over_its_deviation():
    reward = novelty()
    x = observations(50, center=3.0, deviation=2.0)
    reward.learn(x)
    value = reward(x, training=True)
    inputs = np.clip((x - np.mean(x, axis=0)) / np.std(x, axis=0), -5.0, 5.0)
    errors = np.square(reward.predictor(inputs) - reward.target(inputs)).mean(axis=-1)
    np.testing.assert_allclose(value, errors / np.std(errors), rtol=2e-3)


def test_moments_are_of_all_that_was_seen():
    reward = novelty()
    parts = [observations(n, center=n, seed=n) for n in (3, 40, 1)]
    for part in parts:
        reward.learn(part)
    joined = np.concatenate(parts)
    np.testing.assert_allclose(reward.mean, joined.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(
        reward.squared_deviation / reward.count, joined.var(axis=0), rtol=1e-4
    )
    before = [reward.count.numpy(), reward.mean.numpy()]
    reward.learn(tf.zeros((0, 2)))
    assert_same([reward.count.numpy(), reward.mean.numpy()], before)


def test_what_was_seen_often_is_no_longer_novel():
    reward = novelty()
    target = values(reward.target)
    seen, other = observations(64, center=-1.0), observations(64, center=1.0, seed=1)
    both = tf.concat([seen, other], axis=0)
    reward._update_moments(both)
    learn = tf.function(lambda: reward.learn(seen), autograph=False)
    for _ in range(150):
        learn()
    assert np.mean(reward(seen)) < 0.2 * np.mean(reward(other))
    assert_same(values(reward.target), target)
    assert reward.metrics[0].name == "distillation_loss"


def test_of_a_transition_it_is_the_next_observation():
    reward = novelty()
    steps = vectors()
    np.testing.assert_array_equal(reward(steps), reward(steps.next_observation))
    assert reward.keeps_state


def test_config_and_weights_round_trip():
    reward = novelty()
    reward.learn(observations(20))
    reward(observations(20), training=True)
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(reward)
    )
    assert again.get_config() == reward.get_config()
    assert differ(values(again), values(reward))
    again.set_weights(reward.get_weights())
    x = observations(9, seed=3)
    np.testing.assert_array_equal(again(x), reward(x))


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="Expected a predictor and a target"):
        RandomNetworkDistillation(features(1), features(2, outputs=3))
    with pytest.raises(ValueError, match=r"shape \(batch, 2\)"):
        novelty()(tf.zeros((4, 3)))


def test_one_network_as_both():
    network = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="Expected two networks.* Make two"):
        rewards.RandomNetworkDistillation(network, network)
