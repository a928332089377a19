import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import ActNorm, FactorOut
from tests import flow_checks


def factor_out():
    return flow_checks.randomize(FactorOut([ActNorm()]), (2, 2, 3))


def test_bijection_of_the_first_half():
    samples, latents = flow_checks.assert_is_bijection(factor_out(), (2, 2, 3))
    np.testing.assert_array_equal(latents[..., 2:], samples[..., 2:])
    assert np.all(latents[..., :2] != samples[..., :2])


def test_config_round_trip():
    flow_checks.assert_same_from_config(factor_out(), (2, 2, 3))


def test_one_channel_is_refused():
    with pytest.raises(ValueError, match="inside a `Squeeze`"):
        FactorOut([])(tf.zeros((1, 4, 4, 1)))
