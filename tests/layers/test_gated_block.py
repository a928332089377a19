import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import GatedBlock

IMAGES = np.random.default_rng(0).normal(size=(2, 4, 4, 1)).astype("float32")


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def gate(features):
    signal, gate = np.split(features, 2, axis=-1)
    return np.tanh(signal) * sigmoid(gate)


def test_it_is_the_formula_of_the_paper():
    block = GatedBlock(3, mask="B", num_classes=2, seed=0)
    random = np.random.default_rng(1)
    vertical, horizontal = random.normal(size=(2, 2, 4, 4, 3)).astype("float32")
    labels = np.array([1, 0])
    block([vertical, horizontal, labels])
    biases = random.normal(size=(2, 12)).astype("float32")
    block.class_bias.embeddings.assign(biases)
    vertical_bias, horizontal_bias = np.split(biases[labels][:, None, None], 2, axis=-1)
    features = block.vertical(vertical).numpy()
    connection = features @ block.connection.kernel.numpy()
    gated = gate(block.horizontal(horizontal).numpy() + connection + horizontal_bias)
    projected = gated @ block.projection.kernel.numpy()[0, 0]
    outputs = block([vertical, horizontal, labels])
    np.testing.assert_allclose(outputs[0], gate(features + vertical_bias), atol=1e-5)
    np.testing.assert_allclose(outputs[1], projected + horizontal, atol=1e-5)


def test_the_first_block_adds_no_input():
    block = GatedBlock(3, mask="A", seed=0)
    _, horizontal = block([IMAGES, IMAGES])
    block.projection.kernel.assign(tf.zeros_like(block.projection.kernel))
    assert np.abs(horizontal).max() > 0.0
    np.testing.assert_array_equal(block([IMAGES, IMAGES])[1], np.zeros((2, 4, 4, 3)))


def test_config_round_trip():
    block = GatedBlock(4, 5, "A", 2, 3, seed=1, name="gated")
    again = GatedBlock.from_config(block.get_config())
    assert again.get_config() == block.get_config()
    shape = [(None, 4, 4, 2), (None, 4, 4, 2), (None,)]
    assert again.compute_output_shape(shape) == ((None, 4, 4, 4),) * 2
    block.build(shape), again.build(shape)
    for a, b in zip(block.weights, again.weights, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(a), b)


def test_errors():
    with pytest.raises(ValueError, match="mask='A'"):
        GatedBlock(4, mask="B")([IMAGES, IMAGES])
    with pytest.raises(ValueError, match="Received no labels"):
        GatedBlock(4, mask="A", num_classes=2).biases()
