import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import ActNorm
from tests import flow_checks


@pytest.mark.parametrize("shape", [(3,), (2, 3, 2)])
def test_bijection(shape):
    flow_checks.assert_is_bijection(flow_checks.randomize(ActNorm(), shape), shape)


def test_a_batch_starts_with_mean_zero_and_variance_one():
    samples = np.random.default_rng(0).normal(3.0, 2.0, size=(50, 2, 2, 3))
    samples[..., 2] = 5.0
    layer = ActNorm()
    latents = layer.initialize(tf.constant(samples, tf.float32)).numpy()
    np.testing.assert_allclose(latents.mean(axis=(0, 1, 2)), 0.0, atol=1e-5)
    # The last channel does not vary.
    np.testing.assert_allclose(latents.std(axis=(0, 1, 2)), [1.0, 1.0, 0.0], atol=1e-4)
    np.testing.assert_array_equal(layer(samples.astype("float32")), latents)


def test_config_round_trip():
    layer = flow_checks.randomize(ActNorm(name="norm"), (3,))
    flow_checks.assert_same_from_config(layer, (3,))


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1.0, 1e9])
def test_the_unit_of_a_feature_does_not_matter(unit):
    samples = unit * np.random.default_rng(0).normal(3.0, 2.0, size=(50, 2))
    latents = ActNorm().initialize(tf.constant(samples, tf.float32)).numpy()
    np.testing.assert_allclose(latents.std(axis=0), 1.0, rtol=1e-4)


def test_what_rounding_does_to_large_values_is_no_spread():
    samples = np.float32(1e6) + np.float32([[0.0], [0.06], [0.0]])
    layer = ActNorm()
    layer.initialize(tf.constant(samples))
    assert float(layer.log_scale[0]) <= 0.1
