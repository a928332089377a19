import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import baselines

REWARDS = tf.constant([[1.0, 2.0, 4.0], [-3.0, 0.5, 7.0]])
CONTEXTS = tf.zeros((6, 2))


@keras.saving.register_keras_serializable("test_baseline")
class Half(baselines.Baseline):
    """What a user would write: one method."""

    def values(self, rewards, contexts):
        return tf.fill(tf.shape(rewards), 0.5)


def test_the_base_takes_nothing_away():
    baseline = baselines.Baseline()
    baseline.prepare(CONTEXTS)
    values = baseline.values(REWARDS, CONTEXTS)
    assert values.dtype == tf.float32
    np.testing.assert_array_equal(values, np.zeros((2, 3)))
    baseline.update(REWARDS, CONTEXTS)
    np.testing.assert_array_equal(baseline.values(REWARDS, CONTEXTS), np.zeros((2, 3)))
    assert baseline.variables == []


def test_one_method_makes_a_baseline():
    np.testing.assert_array_equal(Half()(REWARDS, CONTEXTS), np.full((2, 3), 0.5))


def test_config_round_trip():
    for kind in (baselines.Baseline, Half):
        config = keras.saving.serialize_keras_object(kind(name="mine"))
        restored = keras.saving.deserialize_keras_object(config)
        assert type(restored) is kind and restored.name == "mine"
        assert restored.dtype == "float32"
