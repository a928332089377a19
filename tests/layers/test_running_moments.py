import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import RunningMoments


def test_moments_are_weighted_by_powers_of_the_momentum():
    random = np.random.default_rng(0)
    batches = random.normal(3.0, 2.0, size=(5, 4)).astype("float32")
    statistics = RunningMoments(momentum=0.8, epsilon=0.01)
    for batch in batches:
        statistics.update(tf.constant(batch))
    powers = 0.8 ** np.arange(4, -1, -1)
    weights = powers / powers.sum()
    mean = weights @ batches.mean(axis=1)
    variance = weights @ np.square(batches).mean(axis=1) - mean**2
    np.testing.assert_allclose(
        statistics.moments(), [mean, np.sqrt(variance) + 0.01], rtol=1e-5
    )


def test_nothing_is_changed_before_the_first_update():
    values = tf.constant([[1.0, -7.0]])
    statistics = RunningMoments()
    np.testing.assert_array_equal(statistics(values), values)
    np.testing.assert_array_equal(statistics.restore(values), values)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_restore_is_the_inverse(jit_compile):
    statistics = RunningMoments()

    @tf.function(jit_compile=jit_compile)
    def there_and_back(values):
        statistics.update(values)
        return statistics(values), statistics.restore(statistics(values))

    values = tf.constant([[100.0, 104.0], [101.0, 95.0]])
    standard, restored = there_and_back(values)
    np.testing.assert_allclose(np.mean(standard), 0.0, atol=1e-4)
    np.testing.assert_allclose(np.std(standard), 1.0, rtol=1e-3)
    np.testing.assert_allclose(restored, values, rtol=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_batch_that_is_not_finite_is_left_out(bad):
    statistics = RunningMoments(momentum=0.5)
    statistics.update(tf.constant([2.0, 4.0]))
    statistics.update(tf.constant([bad, 4.0]))
    assert [float(w) for w in statistics.weights] == [0.5, 1.5, 5.0]


def test_equal_values_are_no_division_by_zero():
    statistics = RunningMoments()
    statistics.update(tf.fill((4,), 5.0))
    np.testing.assert_allclose(statistics(tf.fill((4,), 5.0)), np.zeros(4), atol=0.02)


def test_config_round_trip():
    statistics = RunningMoments(momentum=0.7, epsilon=0.5, name="scale")
    config = keras.saving.serialize_keras_object(statistics)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == statistics.get_config()
    assert (restored.momentum, restored.epsilon, restored.name) == (0.7, 0.5, "scale")


@pytest.mark.parametrize("momentum", [-0.1, 1.0])
def test_a_momentum_out_of_range_is_refused(momentum):
    with pytest.raises(ValueError, match=rf"Received: momentum={momentum}"):
        RunningMoments(momentum)
