import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import GatedPixelCNN


def network(image_shape=(4, 4, 1), num_levels=3, **kwargs):
    sizes = {"filters": 4, "num_blocks": 1, "first_kernel_size": 3, "seed": 0}
    return GatedPixelCNN(image_shape, num_levels, **{**sizes, **kwargs})


def dependence(network, shape, inputs=lambda images: images):
    """Returns whether each value's logits depend on each value, `(size, size)`."""
    size = int(np.prod(shape))
    images = tf.random.stateless_uniform((1, *shape), (0, 0))
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = tf.reshape(network(inputs(images)), (size, -1))
        projected = tf.linalg.matvec(logits, tf.range(1.0, 1.0 + logits.shape[1]))
    jacobian = tape.jacobian(projected, images)
    return tf.reshape(jacobian, (size, size)).numpy() != 0.0


def test_all_that_is_earlier_is_seen_and_nothing_else():
    # Three blocks reach every corner of the image.
    seen = dependence(network(num_blocks=3), (4, 4, 1))
    np.testing.assert_array_equal(seen, np.tri(16, k=-1, dtype=bool))


def test_channels_see_earlier_channels():
    # Filters enough that some are not cut off by the rectifiers.
    colours = network((3, 3, 2), num_blocks=2, filters=16)
    np.testing.assert_array_equal(
        dependence(colours, (3, 3, 2)), np.tri(18, k=-1, dtype=bool)
    )


def test_labels_shift_every_prediction():
    conditional = network(num_classes=2)
    images = tf.zeros((2, 4, 4, 1))
    for block in conditional.blocks:
        biases = block.class_bias.embeddings
        biases.assign(np.random.default_rng(0).normal(size=biases.shape))
    logits = conditional([images, np.array([0, 1])]).numpy()
    assert logits.shape == (2, 4, 4, 1, 3)
    assert (np.abs(logits[0] - logits[1]).max(axis=-1) > 1e-3).all()
    column = conditional([images, np.array([[0], [1]])])
    np.testing.assert_allclose(column, logits, atol=1e-6)


def test_the_seed_decides_the_weights():
    first, second, other = network(), network(), network(seed=1)
    for a, b in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(a, keras.ops.convert_to_numpy(b))
    assert np.abs(first.weights[0] - other.weights[0]).max() > 1e-3


def test_config_round_trip():
    original = network((4, 4, 2), kernel_size=5, num_classes=3, name="pixels")
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(original)
    )
    assert again.get_config() == original.get_config()
    assert again.input_shape == [(None, 4, 4, 2), (None,)]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"image_shape": (4, 4)}, r"\(height, width, channels\).* \(4, 4\)"),
        ({"num_levels": 1}, "`num_levels` to be an integer > 1. Received: 1"),
        ({"image_shape": (4, 4, 3)}, "multiple of num_channels=3"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        network(**arguments)
