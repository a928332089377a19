import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from keras_rlgen.world_models import MixtureDensity
from keras_rlgen.world_models.gaussian_outputs import bounded_log_scale
from tests.world_models.toys import compile_world, make_world


def test_config():
    dynamics = MixtureDensity(components=3, hidden=(3,), activation="relu")
    copy = MixtureDensity.from_config(dynamics.get_config())
    assert copy.get_config() == dynamics.get_config()


def test_components_are_checked():
    with pytest.raises(ValueError, match="`components` >= 1"):
        MixtureDensity(components=0)


def test_loss_and_samples():
    dynamics = MixtureDensity(components=2, hidden=(4,))
    dynamics.connect(1, 1, seed=0)
    logits, means, log_scales = [0.5, -0.5], [-1.0, 2.0], [-1.0, -2.0]
    outputs = tf.constant([[*logits, *means, *log_scales]])
    weights, scales = (
        special.softmax(logits),
        np.exp(bounded_log_scale(tf.constant(log_scales))),
    )
    density = sum(
        w * stats.norm(m, s).pdf(1.7)
        for w, m, s in zip(weights, means, scales, strict=True)
    )
    np.testing.assert_allclose(
        dynamics.losses(outputs, tf.constant([[1.7]])), [-np.log(density)], rtol=1e-4
    )
    mean = weights @ means
    np.testing.assert_allclose(dynamics.change(outputs, None), [[mean]], rtol=1e-5)
    many = tf.repeat(outputs, 20_000, axis=0)
    samples = dynamics.change(many, tf.constant([0, 1])).numpy()
    np.testing.assert_allclose(np.mean(samples > 0.5), weights[1], atol=0.01)
    np.testing.assert_allclose(np.std(samples[samples > 0.5]), scales[1], rtol=0.03)


def test_it_learns(experience):
    world = compile_world(make_world(MixtureDensity(components=2, hidden=(16,))))
    world.fit(experience, steps_per_epoch=160, batch_size=64, window=2, verbose=0)
    assert world.report(experience, horizon=1).error[0] < 0.1
