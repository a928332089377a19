import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from tests import networks


def samples():
    return np.random.default_rng(0).normal(size=(3, 4, 2, 1)).astype("float32")


def test_values_are_means_over_all_but_the_batch():
    images = samples()
    value = rewards.DistanceToTarget(images[1])(images)
    expected = [
        -sum((a - b) ** 2 for a, b in zip(x.flat, images[1].flat, strict=True)) / 8
        for x in images.astype("float64")
    ]
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert value[1] == 0.0


def test_distance_of_features_and_its_gradient():
    kernel = np.array([[1.0, 0.0, 2.0], [0.0, -1.0, 1.0]])
    reward = rewards.DistanceToTarget([1.0, 2.0], networks.linear(2, 3, kernel))
    x = tf.constant([[1.0, 2.0], [2.0, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = reward(x)
    features = x.numpy() @ kernel
    target = np.array([1.0, 2.0]) @ kernel
    np.testing.assert_allclose(value, -np.mean((features - target) ** 2, axis=1))
    expected = -2.0 / 3.0 * (features - target) @ kernel.T
    np.testing.assert_allclose(tape.gradient(value, x), expected, rtol=1e-6)


def test_config_round_trip():
    reward = rewards.DistanceToTarget(
        samples()[0], keras.Sequential([keras.layers.Flatten()]), name="near"
    )
    config = keras.saving.serialize_keras_object(reward)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.name == "near"
    np.testing.assert_array_equal(restored(samples()), reward(samples()))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"target of shape \(2,\).*: \(3, 4, 2, 1\)"):
        rewards.DistanceToTarget([0.0, 1.0])(samples())
    with pytest.raises(ValueError, match="finite `target`. Received: 1 values"):
        rewards.DistanceToTarget([0.0, np.nan])
