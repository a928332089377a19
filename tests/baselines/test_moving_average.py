import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import baselines

CONTEXTS = tf.zeros((4, 2))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_average_of_earlier_batches_corrected_for_its_start(jit_compile):
    baseline = baselines.MovingAverage(momentum=0.8)
    batches = np.random.default_rng(0).normal(5.0, 1.0, size=(6, 2, 2))

    @tf.function(jit_compile=jit_compile)
    def step(rewards):
        values = baseline.values(rewards, CONTEXTS)
        baseline.update(rewards, CONTEXTS)
        return values

    for number, rewards in enumerate(batches):
        values = step(tf.constant(rewards, tf.float32))
        assert values.shape == (2, 2) and values.dtype == tf.float32
        # Not of this batch: a baseline may not depend on its own samples.
        means = [np.mean(batch) for batch in batches[:number]]
        powers = [0.8 ** (number - 1 - index) for index in range(number)]
        expected = np.average(means, weights=powers) if number else 0.0
        np.testing.assert_allclose(values, np.full((2, 2), expected), rtol=1e-5)


def test_values_do_not_move_it():
    baseline = baselines.MovingAverage()
    baseline.update(tf.fill((1, 4), 3.0), CONTEXTS)
    before = [float(v) for v in baseline.variables]
    for _ in range(2):
        values = baseline.values(tf.fill((1, 4), 100.0), CONTEXTS)
        np.testing.assert_allclose(values, np.full((1, 4), 3.0), rtol=1e-5)
    assert [float(v) for v in baseline.variables] == before
    assert baseline.trainable_variables == []


def test_config_round_trip():
    baseline = baselines.MovingAverage(momentum=0.25, name="average_reward")
    config = keras.saving.serialize_keras_object(baseline)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is baselines.MovingAverage
    assert restored.momentum == 0.25 and restored.name == "average_reward"


@pytest.mark.parametrize("momentum", [-0.5, 1.0, float("nan")])
def test_a_momentum_out_of_range_is_refused(momentum):
    message = rf"`momentum` in \[0, 1\). Received: momentum={momentum}"
    with pytest.raises(ValueError, match=message):
        baselines.MovingAverage(momentum)
