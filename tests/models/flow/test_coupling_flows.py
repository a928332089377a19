import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import FactorOut, Squeeze
from keras_rlgen.models import image_flow, vector_flow
from tests import flow_checks


def vectors(num_classes=None):
    return vector_flow(3, 2, units=4, num_classes=num_classes, seed=0), (3,)


def images(num_classes=None):
    shape = (4, 2, 1)
    flow = image_flow(shape, 2, 2, filters=4, num_classes=num_classes, seed=0)
    return flow, shape


@pytest.mark.parametrize("num_classes", [None, 3])
@pytest.mark.parametrize("make", [vectors, images])
def test_a_flow_is_a_bijection_that_starts_at_the_identity(make, num_classes):
    flow, shape = make(num_classes)
    condition = None if num_classes is None else tf.constant([0, 1, 2])
    assert flow.conditional == (condition is not None)
    samples = tf.random.stateless_normal((3, *shape), (0, 0))
    latents, log_det = flow.forward_and_log_det(samples, condition)
    np.testing.assert_allclose(latents, samples, atol=1e-6)
    np.testing.assert_allclose(log_det, 0.0, atol=1e-6)
    flow_checks.randomize(flow, shape, condition)
    _, latents = flow_checks.assert_is_bijection(flow, shape, condition)
    assert np.all(latents != samples)


@pytest.mark.parametrize("make", [vectors, images])
def test_every_class_has_a_flow_of_its_own(make):
    flow, shape = make(3)
    flow_checks.randomize(flow, shape, tf.constant([0]))
    latents = flow(tf.ones((3, *shape)), tf.constant([0, 1, 2])).numpy()
    for other in (1, 2):
        assert np.abs(latents[0] - latents[other]).max() > 1e-3


def test_blocks_are_residual():
    networks = [
        image_flow((4, 4, 1), 1, 2, 2, num_blocks=count).layers[1].network
        for count in (0, 2)
    ]
    convolutions = [
        sum("conv" in layer.name for layer in network.layers) for network in networks
    ]
    assert convolutions == [2, 6]


def test_scales_are_squeezed_and_factored_out():
    flow = image_flow((8, 8, 3), num_scales=3, num_couplings=2, filters=4)
    shape, shapes = (None, 8, 8, 3), []
    while isinstance(flow.layers[-1], (Squeeze, FactorOut)):
        flow = flow.layers[-1]
        shape = flow.inner_shape(shape)
        shapes.append(shape[1:])
    assert shapes == [(4, 4, 12), (4, 4, 6), (2, 2, 24), (2, 2, 12)]


def test_the_seed_decides_the_weights():
    flows = [vector_flow(2, 2, 4, seed=seed) for seed in (0, 0, 1)]
    first, second, other = (flow.layers[1].network.get_weights()[0] for flow in flows)
    np.testing.assert_array_equal(first, second)
    assert np.all(first != other)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: vector_flow(1), "`num_features` > 1. Received: 1"),
        (lambda: vector_flow(2, num_couplings=1), ">= 2. Received: 1"),
        (lambda: image_flow((6, 6, 1), num_scales=3), "num_scales=3, .*pad the images"),
        (lambda: image_flow((4, 4, 1), num_couplings=1), ">= 2. Received: 1"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()
