import doctest

import keras
import numpy as np
import pytest

from keras_rlgen.layers import MaskedDense, masked_dense


def test_connections_go_to_units_of_no_smaller_degree():
    layer = MaskedDense([1, 2, 0], [0, 1, 2], kernel_initializer="ones")
    outputs = layer(np.float32([[1.0, 10.0, 100.0]]))
    np.testing.assert_array_equal(outputs, [[100.0, 101.0, 111.0]])
    strict = MaskedDense([1, 2, 0], [0, 1, 2], strict=True, kernel_initializer="ones")
    outputs = strict(np.float32([[1.0, 10.0, 100.0]]))
    np.testing.assert_array_equal(outputs, [[0.0, 100.0, 101.0]])


def test_config_and_errors():
    layer = MaskedDense([1, 2], [1], True, "tanh", "he_normal", name="masked")
    again = MaskedDense.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.strict and again.activation is keras.activations.tanh
    with pytest.raises(ValueError, match="inputs of 2 numbers"):
        layer(np.zeros((1, 3), "float32"))


def test_examples():
    assert doctest.testmod(masked_dense).failed == 0
