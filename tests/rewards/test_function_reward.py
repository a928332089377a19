import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards

SAMPLES = tf.constant([[1.0, 2.0], [-3.0, 0.5]])


@keras.saving.register_keras_serializable("test_function_reward")
def total(samples):
    return tf.reduce_sum(samples, axis=-1)


class Judge:
    def __call__(self, samples):
        return samples[:, 0]


def test_value_and_name():
    reward = rewards.FunctionReward(total)
    np.testing.assert_array_equal(reward(SAMPLES), [3.0, -2.5])
    assert reward.name == "total"
    assert rewards.FunctionReward(total, name="sum").name == "sum"
    assert rewards.FunctionReward(lambda samples: samples).name == "lambda"


def test_an_object_that_is_callable():
    reward = rewards.FunctionReward(Judge())
    assert reward.name == "Judge"
    np.testing.assert_array_equal(reward(SAMPLES), [1.0, -3.0])


def test_config_round_trip():
    reward = rewards.FunctionReward(total, name="sum")
    config = keras.saving.serialize_keras_object(reward)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is rewards.FunctionReward and restored.name == "sum"
    assert restored.function is total


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match="Expected a callable. Received: 'total'"):
        rewards.FunctionReward("total")
