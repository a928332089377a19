import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import EnvironmentSpecs
from tests.agents.toys import CONTINUOUS, DISCRETE, MULTI_DISCRETE

OBSERVATIONS = {
    "vector": tf.TensorSpec((3,), tf.float32, "observation"),
    "image": tf.TensorSpec((8, 8, 3), tf.uint8),
    "nest": {
        "b": tf.TensorSpec((2,)),
        "a": (tf.TensorSpec(()), tf.TensorSpec((1, 1), tf.uint8)),
    },
}


@pytest.mark.parametrize("name", OBSERVATIONS)
@pytest.mark.parametrize("action", [CONTINUOUS, DISCRETE, MULTI_DISCRETE])
def test_they_come_back_from_a_file_as_they_were(name, action):
    specs = EnvironmentSpecs(OBSERVATIONS[name], action)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(specs)))
    loaded = keras.saving.deserialize_keras_object(config)
    assert loaded == specs
    assert loaded.observation == specs.observation
    assert loaded.action.shape == action.shape and loaded.action.dtype == action.dtype
    np.testing.assert_array_equal(loaded.action.minimum, action.minimum)
    np.testing.assert_array_equal(loaded.action.maximum, action.maximum)
    assert loaded.time_step.observation == specs.observation


def test_specs_that_differ():
    specs = EnvironmentSpecs(OBSERVATIONS["vector"], DISCRETE)
    assert specs != EnvironmentSpecs(OBSERVATIONS["image"], DISCRETE)
    assert specs != EnvironmentSpecs(OBSERVATIONS["vector"], CONTINUOUS)
    assert specs != "specs"
    assert "TensorSpec(shape=(3,)" in repr(specs)
