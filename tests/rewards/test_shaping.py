import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards


@keras.saving.register_keras_serializable("test_shaping")
def level(samples):
    return samples[:, 0]


def batch(*values):
    return tf.constant(values, tf.float32)[:, tf.newaxis]


def as_the_docstring_says(batches, momentum, epsilon):
    """Averages of all batches so far, as one sum of powers of the momentum."""
    for number in range(1, len(batches) + 1):
        seen = batches[:number]
        powers = np.array([momentum ** (number - 1 - i) for i in range(number)])
        weights = powers / powers.sum()
        mean = weights @ [np.mean(b) for b in seen]
        variance = weights @ [np.mean(np.square(b)) for b in seen] - mean**2
        yield (batches[number - 1] - mean) / (np.sqrt(variance) + epsilon)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_normalized_by_statistics_of_all_batches(jit_compile):
    reward = rewards.Normalized(level, momentum=0.8, epsilon=0.01)
    batches = np.random.default_rng(0).normal(3.0, 2.0, size=(6, 5))

    @tf.function(jit_compile=jit_compile)
    def train(samples):
        return reward(samples, training=True)

    expected = as_the_docstring_says(batches, 0.8, 0.01)
    for rows, value in zip(batches, expected, strict=True):
        np.testing.assert_allclose(train(batch(*rows)), value, rtol=1e-4, atol=1e-5)


def test_the_first_batch_is_normalized_by_itself():
    value = rewards.Normalized(level)(batch(9.0, 10.0, 11.0), training=True)
    size = np.sqrt(1.5)
    np.testing.assert_allclose(value, [-size, 0.0, size], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("training", [False, None])
def test_statistics_move_in_training_only(training):
    reward = rewards.Normalized(level, momentum=0.5)
    reward(batch(2.0, 4.0), training=True)
    before = [float(w) for w in reward.weights]
    # Weight, mean and its remainder, weighted squared deviation.
    assert before == [0.5, 3.0, 0.0, 0.5]
    value = reward(batch(5.0, 100.0), training=training)
    assert [float(w) for w in reward.weights] == before
    # Mean 3, deviation 1.
    np.testing.assert_allclose(value, [2.0, 97.0], rtol=1e-3)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_batch_that_is_not_finite_leaves_the_statistics(bad):
    reward = rewards.Normalized(level, momentum=0.5)
    reward(batch(2.0, 4.0), training=True)
    before = [float(w) for w in reward.weights]
    value = reward(batch(bad, 4.0), training=True)
    assert [float(w) for w in reward.weights] == before
    # The fault stays to be seen by who trains.
    assert not np.isfinite(value[0]) and float(value[1]) == pytest.approx(1, rel=1e-3)


def test_equal_rewards_become_zero():
    reward = rewards.Normalized(level)
    for _ in range(3):
        value = reward(batch(5.0, 5.0), training=True)
    np.testing.assert_allclose(value, [0.0, 0.0], atol=0.02)


def test_terms_are_those_of_the_reward_inside():
    for reward in (rewards.Normalized(level), rewards.Clipped(level, -1.0, 1.0)):
        _, terms = reward.terms(batch(9.0, -10.0), training=True)
        assert list(terms) == ["level"]
        np.testing.assert_array_equal(terms["level"], [9.0, -10.0])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_clipped(jit_compile):
    reward = rewards.Clipped(level, -1.0, 2.5)
    value = tf.function(reward, jit_compile=jit_compile)(batch(-7.0, 0.5, 2.5, 3.0))
    np.testing.assert_array_equal(value, [-1.0, 0.5, 2.5, 2.5])


def test_config_round_trip():
    reward = rewards.Normalized(
        rewards.Clipped(level, -2, 3, name="kept"), 0.5, epsilon=0.1, name="scaled"
    )
    config = keras.saving.serialize_keras_object(reward)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == reward.get_config()
    assert type(restored) is rewards.Normalized and restored.name == "scaled"
    statistics = restored.statistics
    assert (statistics.momentum, statistics.epsilon) == (0.5, 0.1)
    assert type(restored.reward) is rewards.Clipped and restored.reward.name == "kept"
    assert (restored.reward.low, restored.reward.high) == (-2.0, 3.0)


@pytest.mark.parametrize("momentum", [-0.1, 1.0, float("nan")])
def test_a_momentum_out_of_range_is_refused(momentum):
    message = rf"`momentum` in \[0, 1\). Received: momentum={momentum}"
    with pytest.raises(ValueError, match=message):
        rewards.Normalized(level, momentum)


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, -1.0)])
def test_bounds_in_the_wrong_order_are_refused(low, high):
    message = f"Expected low < high. Received: low={low}, high={high}"
    with pytest.raises(ValueError, match=message):
        rewards.Clipped(level, low, high)
