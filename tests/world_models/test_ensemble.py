import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from keras_rlgen.world_models import Ensemble
from keras_rlgen.world_models.gaussian_outputs import bounded_log_scale


def test_config():
    dynamics = Ensemble(members=3, hidden=(3,), activation="relu", probabilistic=True)
    copy = Ensemble.from_config(dynamics.get_config())
    assert copy.get_config() == dynamics.get_config()


def test_members_are_checked():
    with pytest.raises(ValueError, match="`members` >= 2"):
        Ensemble(members=1)


def test_probabilistic_members():
    dynamics = Ensemble(members=2, hidden=(4,), probabilistic=True)
    dynamics.connect(1, 1, seed=0)
    outputs = tf.constant([[0.3, -1.0]] * 20_000)
    scale = float(np.exp(bounded_log_scale(outputs[0, 1])))
    samples = dynamics.change(outputs, tf.constant([0, 1]))
    np.testing.assert_allclose(np.mean(samples), 0.3, atol=0.01)
    np.testing.assert_allclose(np.std(samples), scale, rtol=0.02)
    np.testing.assert_allclose(dynamics.change(outputs[:1], None), [[0.3]])
    loss = dynamics.losses(outputs[:1], tf.constant([[0.5]]))
    np.testing.assert_allclose(loss, [-stats.norm(0.3, scale).logpdf(0.5)], rtol=1e-5)
