import numpy as np
import tensorflow as tf
from scipy import stats

from keras_rlgen.world_models.gaussian_outputs import (
    HIGHEST,
    LOWEST,
    bounded_log_scale,
    normal_log_prob,
)


def test_log_prob():
    x, mean, log_scale = 0.3, -0.2, 0.4
    expected = stats.norm(mean, np.exp(log_scale)).logpdf(x)
    log_prob = normal_log_prob(tf.constant(x), tf.constant(mean), log_scale)
    np.testing.assert_allclose(log_prob, expected, rtol=1e-6)


def test_scales_are_bounded():
    bounded = bounded_log_scale(tf.constant([-1e3, -2.0, 1e3]))
    np.testing.assert_allclose(bounded, [LOWEST, -2.0, HIGHEST], atol=0.16)
    assert np.all((bounded >= LOWEST) & (bounded <= HIGHEST + 1e-2))
