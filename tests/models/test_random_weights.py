import keras
import numpy as np

from keras_rlgen.models.random_weights import random_weights

layers = keras.layers


def test_weights_are_random_inside_and_their_own_after():
    network = keras.Sequential(
        [layers.Input((3,)), layers.Dense(2, kernel_initializer="zeros")]
    )
    with random_weights(network):
        assert np.all(network.layers[0].kernel.numpy() != 0.0)
    assert not np.any(network.layers[0].kernel.numpy())


def test_they_come_back_after_an_error():
    network = keras.Sequential([layers.Input((3,)), layers.Dense(2)])
    before = network.get_weights()
    try:
        with random_weights(network):
            raise KeyError
    except KeyError:
        pass
    np.testing.assert_equal(network.get_weights(), before)


def test_constraints_hold():
    dense = layers.Dense(2, kernel_constraint=keras.constraints.MaxNorm(0.0))
    network = keras.Sequential([layers.Input((3,)), dense])
    with random_weights(network):
        assert not np.any(dense.kernel.numpy())
