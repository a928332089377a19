import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import MaskedConvolution


def seen(layer, size=5, row=2, column=2, features=1):
    """Returns which inputs each feature of an output pixel sees.

    Booleans `(filters, size, size, features)`.
    """
    images = tf.random.stateless_normal((1, size, size, features), (0, 0))
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = layer(images)[0, row, column]
    return tape.jacobian(outputs, images)[:, 0].numpy() != 0.0


@pytest.mark.parametrize("mask", ["A", "B"])
def test_vertical_taps_are_rows_above(mask):
    taps = seen(MaskedConvolution(1, 3, "vertical", mask))[0, :, :, 0]
    expected = np.zeros((5, 5), bool)
    expected[1 : 2 if mask == "A" else 3, 1:4] = True
    np.testing.assert_array_equal(taps, expected)


@pytest.mark.parametrize("mask", ["A", "B"])
def test_horizontal_taps_are_pixels_at_the_left(mask):
    taps = seen(MaskedConvolution(1, 5, "horizontal", mask))[0, :, :, 0]
    expected = np.zeros((5, 5), bool)
    expected[2, 0 : 2 if mask == "A" else 3] = True
    np.testing.assert_array_equal(taps, expected)


@pytest.mark.parametrize(
    "mask, own",
    [("A", [[0, 0], [1, 0]]), ("B", [[1, 0], [1, 1]])],
)
def test_of_a_pixel_itself_earlier_channels_are_seen(mask, own):
    layer = MaskedConvolution(4, 3, "horizontal", mask, num_channels=2)
    taps = seen(layer, features=2)
    # Features 0 and 2 belong to channel 0, features 1 and 3 to channel 1.
    np.testing.assert_array_equal(taps[:, 2, 2], np.tile(np.array(own, bool), (2, 1)))
    assert taps[:, 2, 1].all()


def test_it_is_a_convolution_with_a_masked_kernel():
    layer = MaskedConvolution(3, 3, "vertical", "B")
    images = np.random.default_rng(0).normal(size=(2, 4, 5, 2)).astype("float32")
    outputs = layer(images).numpy()
    layer.bias.assign([1.0, 2.0, 3.0])
    kernel = np.zeros((3, 3, 2, 3), "float32")
    kernel[:2] = layer.kernel
    expected = tf.nn.conv2d(images, kernel, 1, "SAME") + [1.0, 2.0, 3.0]
    np.testing.assert_allclose(layer(images), expected, atol=1e-5)
    assert outputs.shape == (2, 4, 5, 3)


def test_config_round_trip():
    layer = MaskedConvolution(4, 5, "horizontal", "A", 2, "zeros", name="masked")
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(layer)
    )
    assert again.get_config() == layer.get_config()
    assert again.compute_output_shape((2, 6, 6, 2)) == (2, 6, 6, 4)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"kernel_size": 4}, "odd"),
        ({"stack": "diagonal"}, "'vertical' or 'horizontal'"),
        ({"mask": "C"}, "'A' or 'B'"),
        ({"num_channels": 3}, "multiple of num_channels=3"),
    ],
)
def test_errors(arguments, message):
    defaults = {"filters": 4, "kernel_size": 3, "stack": "vertical"}
    with pytest.raises(ValueError, match=message):
        MaskedConvolution(**{**defaults, **arguments})


def test_features_of_the_input_are_checked():
    layer = MaskedConvolution(4, 3, "horizontal", num_channels=2)
    with pytest.raises(ValueError, match="input's features .* Received: 3"):
        layer(tf.zeros((1, 4, 4, 3)))
