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
    # Weight, mean and its remainder, and half of the mean squared deviation.
    assert [float(w) for w in statistics.weights] == [0.5, 3.0, 0.0, 0.5]


def in_float64(batches, momentum):
    """Returns the mean and the standard deviation, weighted by powers of momentum."""
    powers = momentum ** np.arange(len(batches) - 1, -1, -1)
    weights = powers / powers.sum()
    batches = batches.astype("float64")
    mean = weights @ batches.mean(axis=1)
    return mean, np.sqrt(weights @ np.square(batches - mean).mean(axis=1))


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    ("ratio", "tolerance"), [(1e-3, 1e-4), (1e-4, 1e-3), (1e-5, 1e-2), (1e-6, 0.2)]
)
def test_a_deviation_small_beside_the_mean(ratio, tolerance, jit_compile):
    random = np.random.default_rng(1)
    # The mean wanders by several deviations.
    means = 1.0 + ratio * np.cumsum(random.normal(size=(400, 1)), axis=0)
    batches = means + ratio * random.normal(size=(400, 32))
    batches = (30.0 * batches).astype("float32")
    statistics = RunningMoments(momentum=0.99, epsilon=0.0)
    update = tf.function(statistics.update, jit_compile=jit_compile)
    for batch in batches:
        update(tf.constant(batch))
    mean, deviation = in_float64(batches, 0.99)
    np.testing.assert_allclose(statistics.moments()[0], mean, rtol=1e-7)
    np.testing.assert_allclose(statistics.moments()[1], deviation, rtol=tolerance)
    standard = (batches[-1] - mean) / deviation
    np.testing.assert_allclose(
        statistics(batches[-1]), standard, rtol=tolerance, atol=tolerance
    )


def test_a_small_drift_is_not_rounded_off():
    statistics = RunningMoments(momentum=0.999, epsilon=0.0)
    update = tf.function(statistics.update)
    low, high = np.float32(1000.0), np.nextafter(np.float32(1000.0), np.float32(2e3))
    update(tf.fill((2,), low))
    for _ in range(5000):
        update(tf.fill((2,), high))
    assert float(statistics.moments()[0]) == high


def test_the_scale_of_values_does_not_matter():
    random = np.random.default_rng(2)
    batches = random.normal(5.0, 0.01, size=(50, 16)).astype("float32")
    results = []
    for scale in (1.0, 2.0**-20, 2.0**20):
        statistics = RunningMoments(momentum=0.9, epsilon=0.0)
        for batch in batches:
            statistics.update(tf.constant(batch * scale))
        results.append(statistics(batches[0] * np.float32(scale)).numpy())
    np.testing.assert_array_equal(results[1], results[0])
    np.testing.assert_array_equal(results[2], results[0])


def test_results_are_those_of_averages_where_these_lose_nothing():
    random = np.random.default_rng(3)
    statistics = RunningMoments(momentum=0.99, epsilon=0.0)
    batches = random.normal(0.5, 1.0, size=(300, 8)).astype("float32")
    for batch in batches:
        statistics.update(tf.constant(batch))
    np.testing.assert_allclose(
        statistics.moments(), in_float64(batches, 0.99), rtol=2e-6
    )


@pytest.mark.parametrize("updates", [0, 20])
def test_earlier_files_are_loaded(updates):
    """They held the weight, the average and the average square."""
    random = np.random.default_rng(4)
    batches = random.normal(2.0, 1.5, size=(updates + 20, 8)).astype("float32")
    old = np.zeros(3)
    statistics = RunningMoments(momentum=0.9, epsilon=0.0)
    for batch in batches[:updates].astype("float64"):
        new = np.array([1.0, batch.mean(), np.square(batch).mean()])
        old = 0.9 * old + 0.1 * new
        statistics.update(tf.constant(batch, tf.float32))
    restored = RunningMoments(momentum=0.9, epsilon=0.0)
    restored.load_own_variables({str(i): np.float32(x) for i, x in enumerate(old)})
    np.testing.assert_allclose(restored.moments(), statistics.moments(), rtol=1e-6)
    for batch in batches[updates:]:
        for layer in (statistics, restored):
            layer.update(tf.constant(batch))
    np.testing.assert_allclose(restored.moments(), statistics.moments(), rtol=1e-6)


def test_files_keep_the_state(tmp_path):
    inputs = keras.Input((3,))
    model = keras.Model(inputs, RunningMoments()(inputs))
    for batch in ([1000.0, 1000.125, 1000.25], [1001.0, 1000.5, 1000.0]):
        model.layers[1].update(tf.constant(batch))
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    for ours, expected in zip(restored.weights, model.weights, strict=True):
        np.testing.assert_array_equal(ours, expected)


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


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_the_unit_of_values_does_not_matter_by_default(unit):
    values = tf.constant([1.0, 3.0]) * unit
    moments = RunningMoments()
    moments.update(values)
    np.testing.assert_allclose(moments(values), [-1.0, 1.0], rtol=2e-2)
