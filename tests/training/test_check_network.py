import keras
import pytest

from keras_rlgen.training.check_network import check_network


def test_networks():
    check_network("critic", keras.layers.Dense(1))
    check_network("critic", None, optional=True)
    for value in (None, 5, "dense", lambda x: x):
        with pytest.raises(TypeError, match="Expected `critic` to be a Keras model"):
            check_network("critic", value)
