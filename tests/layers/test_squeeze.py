import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import ActNorm, AffineCoupling, Squeeze
from tests import flow_checks


def squeeze():
    network = flow_checks.convolution_network(1, 2, 2, 2)
    return flow_checks.randomize(
        Squeeze([ActNorm(), AffineCoupling(network)]), (2, 4, 1)
    )


def test_bijection():
    flow_checks.assert_is_bijection(squeeze(), (2, 4, 1))


def test_four_pixels_become_channels():
    images = tf.reshape(tf.range(8.0), (1, 2, 4, 1))
    inner, rest = Squeeze([]).into_layers(images)
    np.testing.assert_array_equal(inner[0, 0], [[0, 1, 4, 5], [2, 3, 6, 7]])
    np.testing.assert_array_equal(Squeeze([]).out_of_layers(inner, rest), images)


def test_config_round_trip():
    flow_checks.assert_same_from_config(squeeze(), (2, 4, 1))


@pytest.mark.parametrize("shape", [(3, 4, 1), (4,)])
def test_odd_images_are_refused(shape):
    with pytest.raises(ValueError, match="even height and width"):
        Squeeze([])(tf.zeros((1, *shape)))
