import numpy as np
import tensorflow as tf

from keras_rlgen.experience import ArraySpec
from keras_rlgen.experience.continuous_part import ContinuousPart


def test_numbers_are_flattened_and_shaped_again():
    part = ContinuousPart("x", ArraySpec((2, 3), "float64"), start=4)
    values = np.random.default_rng(0).normal(size=(5, 2, 3))
    vector = part.encode(values)
    assert vector.dtype == "float32" and part.columns == slice(4, 10)
    np.testing.assert_allclose(vector, values.reshape(5, 6), rtol=1e-6)
    again = part.decode(vector)
    assert again.dtype == "float64"
    np.testing.assert_allclose(again, values, rtol=1e-6)


def test_bounds_and_pixels():
    part = ContinuousPart("x", ArraySpec((2,), "float32", [-1, 0], [1, 9]), 0)
    np.testing.assert_array_equal(part.decode(tf.constant([[-7.0, 7.0]])), [[-1, 7]])
    pixels = ContinuousPart("x", ArraySpec((3,), "uint8"), 0)
    decoded = pixels.decode(tf.constant([[-5.0, 7.6, 300.0]]))
    assert decoded.dtype == "uint8"
    np.testing.assert_array_equal(decoded, [[0, 8, 255]])


def test_the_loss_is_the_squared_error():
    random = np.random.default_rng(0)
    targets, outputs = random.normal(size=(2, 5, 6)).astype("float32")
    part = ContinuousPart("x", ArraySpec((6,)), 0)
    expected = np.square(targets - outputs).sum(axis=1)
    np.testing.assert_allclose(part.loss(targets, outputs), expected, rtol=1e-5)
