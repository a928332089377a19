import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import ActNorm, AffineCoupling, FlowChain
from tests import flow_checks


def chain():
    first, second = (flow_checks.dense_network(1, 1, seed) for seed in (0, 1))
    layers = [ActNorm(), AffineCoupling(first), AffineCoupling(second, flip=True)]
    return flow_checks.randomize(FlowChain(layers), (2,))


def test_bijection():
    flow_checks.assert_is_bijection(chain(), (2,))


def test_layers_start_from_what_reaches_them():
    layers = [ActNorm(), ActNorm()]
    flow = FlowChain(layers)
    samples = tf.random.stateless_normal((20, 2), (0, 0), 4.0, 3.0)
    flow.initialize(samples)
    assert np.abs(layers[0].log_scale).min() > 0.5
    np.testing.assert_allclose(layers[1].log_scale, 0.0, atol=1e-5)


def test_config_round_trip():
    flow_checks.assert_same_from_config(chain(), (2,))


def test_layers_are_flow_layers():
    with pytest.raises(TypeError, match="Expected `layers` of `FlowLayer`.*Dense"):
        FlowChain([keras.layers.Dense(2)])
