import collections

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards

MODES = pytest.mark.parametrize("jit_compile", [False, True])


@keras.saving.register_keras_serializable("test_controls")
def level(samples):
    return samples[:, 0]


def restored(reward):
    config = keras.saving.serialize_keras_object(reward)
    copy = keras.saving.deserialize_keras_object(config)
    assert type(copy) is type(reward) and copy.get_config() == reward.get_config()
    return copy


@MODES
def test_constant_is_the_same_for_every_sample(jit_compile):
    function = tf.function(rewards.Constant(0.25), jit_compile=jit_compile)
    value = function(tf.random.stateless_normal((5, 2, 2, 1), [0, 0]))
    assert value.dtype == tf.float32
    np.testing.assert_array_equal(value, [0.25] * 5)
    np.testing.assert_array_equal(rewards.Constant()(tf.zeros((2, 1))), [1.0, 1.0])


@MODES
def test_uniform_random_says_nothing_of_the_sample(jit_compile):
    reward = rewards.UniformRandom(seed=3)
    function = tf.function(reward, jit_compile=jit_compile)
    samples = tf.zeros((10_000, 1))
    value, other = function(samples).numpy(), function(samples).numpy()
    assert value.shape == (10_000,) and value.dtype == np.float32
    assert value.min() >= 0.0 and value.max() < 1.0
    # Each tenth of [0, 1) gets 1,000 of them; the deviation is 30.
    assert np.abs(np.histogram(value, 10, (0.0, 1.0))[0] - 1000).max() < 150
    assert np.abs(np.corrcoef(value, other)[0, 1]) < 0.05


def test_random_controls_repeat_by_seed():
    samples = tf.range(20.0)[:, tf.newaxis]
    for make in (rewards.UniformRandom, lambda seed: rewards.Shuffled(level, seed)):
        first, second, other = make(7), make(7), make(8)
        values = [first(samples).numpy() for _ in range(3)]
        for value in values:
            np.testing.assert_array_equal(value, second(samples))
            assert np.any(value != other(samples))
        assert np.any(values[0] != values[1])


@pytest.mark.parametrize(
    "make", [rewards.UniformRandom, lambda seed: rewards.Shuffled(level, seed)]
)
def test_evaluation_draws_from_a_stream_of_its_own(make):
    samples = tf.range(20.0)[:, tf.newaxis]
    quiet, watched = make(7), make(7)
    evaluated = []
    for _ in range(3):
        evaluated.append(watched(samples, training=False).numpy())
        np.testing.assert_array_equal(
            watched(samples, training=True), quiet(samples, training=True)
        )
    assert np.any(evaluated[0] != evaluated[1])
    for value in evaluated:
        np.testing.assert_array_equal(quiet(samples, training=False), value)


@MODES
def test_shuffled_hands_the_reward_to_other_samples(jit_compile):
    reward = rewards.Shuffled(level, seed=0)
    samples = tf.range(100.0)[:, tf.newaxis]
    value = tf.function(reward, jit_compile=jit_compile)(samples)
    assert value.shape == (100,) and value.dtype == tf.float32
    np.testing.assert_array_equal(np.sort(value), np.arange(100.0))
    assert np.sum(np.equal(value, np.arange(100.0))) < 10


def test_shuffled_is_uniform_over_permutations():
    shuffled = tf.function(rewards.Shuffled(level, seed=0))
    samples = tf.constant([[0.0], [1.0], [2.0]])
    counts = collections.Counter(tuple(shuffled(samples).numpy()) for _ in range(1200))
    # 200 each are expected; the deviation is 13.
    assert len(counts) == 6 and all(135 < count < 265 for count in counts.values())


def test_terms_of_shuffled_stay_with_their_samples():
    samples = tf.range(10.0)[:, tf.newaxis]
    _, terms = rewards.Shuffled(level, seed=0).terms(samples)
    np.testing.assert_array_equal(terms["level"], np.arange(10.0))


def test_config_round_trip():
    assert restored(rewards.Constant(-2.5, name="null")).value == -2.5
    samples = tf.range(10.0)[:, tf.newaxis]
    for reward in (
        rewards.UniformRandom(5, name="noise"),
        rewards.Shuffled(rewards.Scaled(level, 3.0), seed=5, name="noise"),
    ):
        copy = restored(reward)
        assert copy.seed == 5 and copy.name == "noise"
        np.testing.assert_array_equal(copy(samples), reward(samples))


def test_a_shuffled_reward_has_no_gradient():
    samples = tf.range(4.0)[:, tf.newaxis]
    with tf.GradientTape() as tape:
        tape.watch(samples)
        value = rewards.Shuffled(level, seed=0)(samples)
    assert tape.gradient(value, samples) is None


def test_what_is_made_of_null_rewards_alone_is_null():
    null = rewards.Shuffled(level, seed=0)
    assert null.is_null and rewards.UniformRandom(0).is_null
    assert (2.0 * null + 1.0).is_null and rewards.Clipped(null, 0.0, 1.0).is_null
    real = rewards.FunctionReward(level)
    assert not any(r.is_null for r in (real, 2.0 * real, null + real, null * real))
    # What a filter withholds depends on the samples.
    assert not rewards.DiversityFilter(null, radius=1.0).is_null
