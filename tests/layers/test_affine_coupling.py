import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import AffineCoupling
from tests import flow_checks


def vectors(flip=False):
    kept, changed = (1, 2) if flip else (2, 1)
    network = flow_checks.dense_network(kept, changed)
    return flow_checks.randomize(AffineCoupling(network, "half", flip), (3,))


def channels():
    network = flow_checks.convolution_network(2, 2, 2, 2)
    return flow_checks.randomize(AffineCoupling(network), (2, 2, 4))


def checkerboard(flip=False):
    network = flow_checks.convolution_network(3, 4, 1, 1)
    coupling = AffineCoupling(network, "checkerboard", flip)
    return flow_checks.randomize(coupling, (3, 4, 1))


@pytest.mark.parametrize(
    "make, shape",
    [
        (vectors, (3,)),
        (lambda: vectors(flip=True), (3,)),
        (channels, (2, 2, 4)),
        (checkerboard, (3, 4, 1)),
        (lambda: checkerboard(flip=True), (3, 4, 1)),
    ],
)
def test_bijection(make, shape):
    flow_checks.assert_is_bijection(make(), shape)


def conditional():
    network = flow_checks.conditional_network(2, 1)
    coupling = AffineCoupling(network, conditional=True)
    return flow_checks.randomize(coupling, (3,), tf.constant([0, 1, 2]))


def test_a_condition_is_seen_by_the_network():
    labels = tf.constant([0, 1, 2])
    coupling = conditional()
    flow_checks.assert_is_bijection(coupling, (3,), labels)
    samples = tf.ones((3, 3))
    latents, log_det = coupling.forward_and_log_det(samples, labels)
    assert len(np.unique(log_det)) == len(np.unique(latents[:, 2])) == 3
    same, _ = coupling.forward_and_log_det(samples, tf.zeros((3,), tf.int32))
    np.testing.assert_allclose(same, np.repeat(latents[:1], 3, axis=0), rtol=1e-6)


def test_it_is_the_formula_of_the_paper():
    coupling = vectors()
    samples = np.array([[0.5, -1.0, 2.0]], "float32")
    raw, shift = np.split(coupling.network(samples[:, :2]).numpy(), 2, axis=-1)
    log_scale = coupling.scale_bound.numpy() * np.tanh(raw)
    latents, log_det = coupling.forward_and_log_det(tf.constant(samples))
    expected = np.concatenate(
        [samples[:, :2], samples[:, 2:] * np.exp(log_scale) + shift], axis=-1
    )
    np.testing.assert_allclose(latents, expected, rtol=1e-5)
    np.testing.assert_allclose(log_det, log_scale.sum(axis=-1), rtol=1e-5)


@pytest.mark.parametrize("flip", [False, True])
def test_a_checkerboard_keeps_every_other_pixel(flip):
    samples = tf.random.stateless_normal((1, 3, 4, 1), (0, 0))
    latents = checkerboard(flip).forward_and_log_det(samples)[0]
    kept = (samples == latents).numpy()[0, :, :, 0]
    np.testing.assert_array_equal(kept, np.indices((3, 4)).sum(axis=0) % 2 == flip)


def test_config_round_trip():
    flow_checks.assert_same_from_config(checkerboard(flip=True), (3, 4, 1))
    flow_checks.assert_same_from_config(conditional(), (3,), tf.constant([2, 1]))


@pytest.mark.parametrize(
    "make, shape, message",
    [
        (lambda: AffineCoupling(None, "rows"), None, "'half' or 'checkerboard'"),
        (
            lambda: AffineCoupling(flow_checks.dense_network(2, 2), "checkerboard"),
            (4,),
            "images for a checker",
        ),
        (
            lambda: AffineCoupling(flow_checks.dense_network(2, 2)),
            (1,),
            "two features or more",
        ),
        (
            lambda: AffineCoupling(flow_checks.dense_network(2, 2)),
            (3,),
            r"\('batch', 2\), for .* Received: \('batch', 4\)",
        ),
        (conditional, (3,), "expected samples and a condition. Received: None"),
        (
            lambda: AffineCoupling(flow_checks.dense_network(2, 1), conditional=True),
            (3,),
            "two inputs, `\\[kept, condition\\]`. Received one of 1",
        ),
    ],
)
def test_errors(make, shape, message):
    with pytest.raises(ValueError, match=message):
        make()(tf.zeros((1, *shape)))
