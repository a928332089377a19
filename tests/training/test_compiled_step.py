import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.training.compiled_step import CompiledStep
from keras_rlgen.training.health_monitor import HealthMonitor


@pytest.fixture(params=[False, True], ids=["graph", "xla"])
def make(request):
    """Makes a step that adds up its batches and refuses negative ones."""

    def make(**others):
        health, total = HealthMonitor(), keras.Variable(0.0)

        def step(batch):
            passed = tf.reduce_all(batch >= 0.0)
            health.check(ValueError("negative"), passed)
            health.guard({}, lambda: total.assign_add(tf.reduce_sum(batch)))
            return {"total": total.value, "size": tf.shape(batch)[0], **others}

        strategy = tf.distribute.get_strategy()
        return CompiledStep(step, health, strategy, jit_compile=request.param), total

    return make


def batches(*values):
    return iter(tf.data.Dataset.from_tensor_slices(list(map(float, values))).batch(2))


def test_one_call_takes_one_batch_and_returns_floats(make):
    step, total = make()
    iterator = batches(1, 2, 3)
    assert step(iterator) == {"total": 3.0, "size": 2.0}
    assert step(iterator) == {"total": 6.0, "size": 1.0} and float(total) == 6.0
    with pytest.raises(tf.errors.OutOfRangeError):
        step(iterator)


def test_a_fault_is_raised_once_and_changes_nothing(make):
    step, total = make()
    with pytest.raises(ValueError, match="negative"):
        step(batches(1, -2))
    assert float(total) == 0.0
    assert step(batches(1, 2))["total"] == 3.0


def test_logs_keep_the_precision_of_float32_and_vectors_stay_tensors(make):
    number = np.float32(1e-7) + np.float32(0.1)
    step, _ = make(small=tf.constant(number), vector=tf.constant([1.0, 2.0]))
    logs = step(batches(1))
    assert logs["small"] == float(number)
    np.testing.assert_array_equal(logs["vector"], [1.0, 2.0])
