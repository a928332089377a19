"""Flow layers with random weights, and what every one of them has to be."""

import keras
import numpy as np
import tensorflow as tf


def dense_network(kept, changed, seed=0):
    initializer = keras.initializers.RandomNormal(stddev=0.5, seed=seed)
    return keras.Sequential(
        [
            keras.layers.Input((kept,)),
            keras.layers.Dense(2 * changed, "tanh", kernel_initializer=initializer),
        ]
    )


def convolution_network(height, width, kept, changed, seed=0):
    initializer = keras.initializers.RandomNormal(stddev=0.5, seed=seed)
    return keras.Sequential(
        [
            keras.layers.Input((height, width, kept)),
            keras.layers.Conv2D(
                2 * changed, 3, 1, "same", kernel_initializer=initializer
            ),
        ]
    )


def conditional_network(kept, changed, num_classes=3):
    """A network of `[kept, labels]`, whose two inputs both matter."""
    inputs = keras.layers.Input((kept,)), keras.layers.Input((), dtype="int32")
    initializer = keras.initializers.RandomNormal(stddev=0.5, seed=1)
    bias = keras.layers.Embedding(num_classes, 2 * changed, initializer)(inputs[1])
    features = dense_network(kept, changed)(inputs[0])
    return keras.Model(list(inputs), keras.layers.Add()([features, bias]))


def randomize(layer, shape, condition=None):
    """Builds a layer for samples of a shape, and moves its weights at random."""
    layer(tf.zeros((1, *shape)), None if condition is None else condition[:1])
    random = np.random.default_rng(0)
    for weight in layer.weights:
        weight.assign_add(0.3 * random.normal(size=weight.shape).astype("float32"))
    return layer


def assert_is_bijection(layer, shape, condition=None):
    """Compares the volume change with the Jacobian, and the inverse with the input.

    Args:
        layer: `FlowLayer`.
        shape: Tuple, that of a sample.
        condition: Tensor of three conditions, or `None`.
    """
    samples = tf.random.stateless_normal((3, *shape), (1, 2))
    size = int(np.prod(shape))
    with tf.GradientTape() as tape:
        tape.watch(samples)
        latents, log_det = layer.forward_and_log_det(samples, condition)
    jacobian = tf.reshape(tape.batch_jacobian(latents, samples), (3, size, size))
    expected = np.linalg.slogdet(jacobian.numpy())[1]
    np.testing.assert_allclose(log_det, expected, atol=1e-4)
    assert np.abs(log_det).min() > 1e-3
    again, inverse_log_det = layer.inverse_and_log_det(latents, condition)
    np.testing.assert_allclose(again, samples, atol=1e-5)
    np.testing.assert_allclose(inverse_log_det, -log_det, atol=1e-5)
    return samples, latents


def assert_same_from_config(layer, shape, condition=None):
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(layer)
    )
    assert again.get_config() == layer.get_config()
    again(tf.zeros((2, *shape)), condition)
    again.set_weights(layer.get_weights())
    samples = tf.random.stateless_normal((2, *shape), (3, 4))
    np.testing.assert_allclose(
        again(samples, condition), layer(samples, condition), atol=1e-6
    )
