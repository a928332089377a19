import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from keras_rlgen.distributions import DiscretizedLogistic

KEY = tf.constant([1, 2], tf.int32)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-np.float64(x)))


def levels(count):
    return np.linspace(-1.0, 1.0, count).astype("float32")


@pytest.mark.parametrize("count", [2, 5, 256])
@pytest.mark.parametrize("location", [0.3, -3.0, 0.996])
@pytest.mark.parametrize("scale", [0.02, 0.3, 5.0])
def test_probabilities_are_the_formula_and_sum_to_one(count, location, scale):
    """Salimans et al., 2017, equation 2, in 64 bits."""
    layer = DiscretizedLogistic(count, scale=scale, learned=False)
    grid = levels(count)
    half = 1.0 / (count - 1)
    expected = []
    for x in np.linspace(-1.0, 1.0, count):
        upper = 1.0 if x > 1.0 - half else sigmoid((x + half - location) / scale)
        lower = 0.0 if x < half - 1.0 else sigmoid((x - half - location) / scale)
        expected.append(upper - lower)
    policy = layer.tfp_distribution(tf.fill((count, 1), location))
    log_probs = policy.log_prob(grid[:, None]).numpy()
    entropy = -np.sum(np.exp(log_probs) * log_probs)
    np.testing.assert_allclose(
        policy.entropy(), [entropy] * count, rtol=1e-4, atol=1e-6
    )
    assert np.sum(np.exp(log_probs.astype("float64"))) == pytest.approx(1.0, rel=1e-4)
    likely = np.array(expected) > 1e-8
    np.testing.assert_allclose(
        log_probs[likely], np.log(np.array(expected)[likely]), rtol=1e-3, atol=1e-4
    )
    assert np.isfinite(log_probs).all()


def test_tails_and_their_slopes_are_finite():
    layer = DiscretizedLogistic(256, scale=1e-3, learned=False)
    location = tf.Variable([[-40.0], [0.0], [40.0]])
    with tf.GradientTape() as tape:
        log_probs = layer.tfp_distribution(location).log_prob(tf.ones((3, 1)))
    # Of the logistic tail: the distance to the bin over the scale.
    np.testing.assert_allclose(log_probs, [-41e3, -996.08, 0.0], rtol=1e-3)
    slopes = tape.gradient(log_probs, location)
    np.testing.assert_allclose(slopes, [[1e3], [1e3], [0.0]], rtol=1e-3)


def test_it_agrees_with_the_quantized_distribution_of_tfp():
    location, scale = tf.constant([[0.1, -0.6, 0.9]]), 0.05
    layer = DiscretizedLogistic(256, scale=scale, learned=False)
    whole = tfd.QuantizedDistribution(
        tfd.Logistic((location + 1.0) * 127.5 - 0.5, scale * 127.5), low=0.0, high=255.0
    )
    pixels = np.random.default_rng(0).integers(0, 256, (20, 3)).astype("float32")
    expected = tf.reduce_sum(whole.log_prob(pixels), axis=-1)
    np.testing.assert_allclose(
        layer.tfp_distribution(location).log_prob(pixels / 127.5 - 1.0),
        expected,
        rtol=1e-4,
    )


@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_samples_are_as_frequent_as_they_are_probable(temperature):
    layer = DiscretizedLogistic(5, scale=0.4, learned=False)
    policy = layer.tempered(tf.fill((20_000, 1), 0.2), temperature)
    samples = policy.sample(seed=KEY).numpy()
    assert set(np.unique(samples)) <= set(levels(5))
    sharp = DiscretizedLogistic(5, scale=0.4 * temperature, learned=False)
    expected = np.exp(
        sharp.tfp_distribution(tf.fill((5, 1), 0.2)).log_prob(levels(5)[:, None])
    )
    shares = [(samples == level).mean() for level in levels(5)]
    np.testing.assert_allclose(shares, expected, atol=0.015)
    assert float(policy.mean()[0, 0]) == pytest.approx(samples.mean(), abs=0.25)


@pytest.mark.parametrize("location, scale", [(0.2, 0.4), (-0.97, 0.1), (5.0, 0.01)])
def test_the_mean_is_right_to_half_a_level(location, scale):
    layer = DiscretizedLogistic(256, scale=scale, learned=False)
    probs = np.exp(
        layer.tfp_distribution(tf.fill((256, 1), location)).log_prob(
            levels(256)[:, None]
        )
    )
    mean = layer.mean(tf.constant([[location]]))
    assert float(mean[0, 0]) == pytest.approx(probs @ levels(256), abs=1.0 / 255.0)


def test_the_scale_is_learned_per_element():
    layer = DiscretizedLogistic(scale=0.2)
    layer.build((None, 3))
    np.testing.assert_allclose(layer.current_scale(), [0.2] * 3, rtol=1e-6)
    layer.log_scale.assign([-20.0, 0.0, 0.0])
    np.testing.assert_allclose(layer.current_scale(), [1e-3, 1.0, 1.0], rtol=1e-6)
    with tf.GradientTape() as tape:
        log_prob = layer.tfp_distribution(tf.zeros((1, 3))).log_prob(tf.ones((1, 3)))
    assert np.all(tape.gradient(log_prob, layer.log_scale.value)[1:] != 0.0)


def test_config_round_trip():
    layer = DiscretizedLogistic(16, 0.3, learned=False, min_scale=0.01, name="grey")
    config = keras.saving.serialize_keras_object(layer)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is DiscretizedLogistic
    assert restored.get_config() == layer.get_config()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_levels": 1}, "at least 2. Received: 1"),
        ({"num_levels": 2.5}, "at least 2. Received: 2.5"),
        ({"scale": 0.0}, "`scale` > 0. Received: scale=0.0"),
        ({"min_scale": -1.0}, "`min_scale` > 0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        DiscretizedLogistic(**arguments)
