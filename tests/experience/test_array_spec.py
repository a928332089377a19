import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import ArraySpec


def test_config_round_trip():
    spec = ArraySpec((2,), "float64", minimum=[-1.0, 0.0], maximum=np.inf)
    config = keras.saving.serialize_keras_object(spec)
    copy = keras.saving.deserialize_keras_object(config)
    assert (copy.shape, copy.dtype) == ((2,), tf.float64)
    np.testing.assert_array_equal(copy.minimum, [-1.0, 0.0])
    np.testing.assert_array_equal(copy.maximum, np.inf)
    assert copy.maximum.dtype == "float64"


def test_from_spec():
    plain = ArraySpec.from_spec(tf.TensorSpec((3, 2), tf.uint8))
    assert (plain.shape, plain.dtype, plain.minimum) == ((3, 2), tf.uint8, None)
    assert ArraySpec.from_spec(plain) is plain


def test_from_the_spec_of_an_agent():
    agents = pytest.importorskip("keras_rlgen.agents")
    bounded = agents.tf_agents.specs.BoundedTensorSpec((2,), tf.float32, -2, [1, 2])
    spec = ArraySpec.from_spec(bounded)
    np.testing.assert_array_equal(spec.maximum, [1.0, 2.0])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (((None, 2),), "known in full"),
        (((-1, 2),), "known in full"),
        (((), "int32", 0), "or neither"),
        (((2,), "int32", 0, [1, 2, 3]), "`maximum` to broadcast"),
        (((2,), "int32", 0, [1, -1]), "`minimum` to be at most"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        ArraySpec(*arguments)


def test_what_is_no_spec_or_dtype():
    with pytest.raises(TypeError, match="`shape` and `dtype`, such as .* Received: 5"):
        ArraySpec.from_spec(5)
    with pytest.raises(TypeError, match="Received: 'float99'"):
        ArraySpec((), "float99")
