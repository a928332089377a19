import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import EnsembleDense


def test_members_are_dense_layers():
    layer = EnsembleDense(3, 4, "relu", seed=0)
    x = tf.random.stateless_normal((3, 5, 2), (0, 1))
    y = layer(x)
    for member in range(3):
        expected = np.maximum(
            x[member].numpy() @ layer.kernel[member] + layer.bias[member], 0.0
        )
        np.testing.assert_allclose(y[member], expected, rtol=1e-5, atol=1e-6)
    assert layer.compute_output_shape((3, 5, 2)) == (3, 5, 4)


def test_each_member_begins_as_glorot():
    layer = EnsembleDense(2, 50, seed=0)
    layer.build((2, None, 100))
    limit = np.sqrt(6.0 / 150)
    np.testing.assert_allclose(
        np.std(layer.kernel, axis=(1, 2)), limit / np.sqrt(3.0), rtol=0.05
    )
    assert not np.allclose(layer.kernel[0], layer.kernel[1])


def test_config():
    layer = EnsembleDense(3, 4, "tanh", seed=1, name="own")
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(layer)
    )
    assert copy.get_config() == layer.get_config()


def test_errors():
    with pytest.raises(ValueError, match="`members` and `units`"):
        EnsembleDense(0, 1)
    with pytest.raises(ValueError, match="input of shape"):
        EnsembleDense(2, 1).build((3, None, 1))
