import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from keras_rlgen.agents.networks.squashed_normal import SquashedNormal

LOW, HIGH = (-0.1, 0.0), (0.7, 4.0)


def squashed(mean=(0.3, -0.2), scale=(1.0, 0.5), dtype=tf.float32):
    normal = tfd.MultivariateNormalDiag(
        tf.constant([mean], dtype), tf.constant([scale], dtype)
    )
    return SquashedNormal(normal, LOW, HIGH)


def test_density_integrates_to_one():
    distribution = SquashedNormal(tfd.Normal(0.3, 0.7), -0.1, 0.7)
    edges = np.linspace(-0.1, 0.7, 20_001, dtype="float64")
    middles = ((edges[1:] + edges[:-1]) / 2).astype("float32")
    density = np.exp(distribution.log_prob(middles).numpy().astype("float64"))
    np.testing.assert_allclose(np.sum(density) * 0.8 / 20_000, 1.0, rtol=1e-3)


def test_shapes():
    distribution = squashed()
    assert distribution.batch_shape == (1,) and distribution.event_shape == (2,)
    assert distribution.batch_shape_tensor() == [1]
    assert distribution.event_shape_tensor() == [2]
    assert distribution.sample(5).shape == (5, 1, 2)


def test_divergence_is_that_of_the_normal_distributions():
    first, second = squashed(), squashed(mean=(0.0, 1.0))
    np.testing.assert_allclose(
        first.kl_divergence(second),
        first.distribution.kl_divergence(second.distribution),
    )


def test_saturated_samples():
    # The bijector remembers where a sample came from, so gradients are exact.
    mean = tf.Variable([[20.0, -20.0]])
    with tf.GradientTape() as tape:
        normal = tfd.MultivariateNormalDiag(mean, [[1.0, 1.0]])
        distribution = SquashedNormal(normal, LOW, HIGH)
        sample = distribution.sample(seed=0)
        log_prob = distribution.log_prob(sample)
    assert (sample.numpy() == np.array([[0.7, 0.0]], "float32")).all()
    gradient = tape.gradient(log_prob, mean)
    np.testing.assert_allclose(gradient, [[2.0, -2.0]], rtol=1e-5)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_at_and_past_the_bounds(dtype):
    actions = tf.constant([LOW, HIGH, [-0.1000001, 4.000001]], dtype)
    assert np.isfinite(squashed(dtype=dtype).log_prob(actions)).all()


def test_through_functions_and_from_parameters():
    distribution = squashed()
    returned = tf.function(lambda: distribution)()
    for other in (returned, distribution.copy()):
        assert isinstance(other, SquashedNormal)
        np.testing.assert_allclose(
            other.log_prob([[0.1, 1.0]]), distribution.log_prob([[0.1, 1.0]])
        )
