import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import ArraySpec
from keras_rlgen.experience.discrete_part import DiscretePart

SPEC = ArraySpec((3,), "int32", [0, -1, 5], [1, 2, 5])  # 2, 4 and 1 values.


def test_one_hot_vectors_of_different_lengths():
    part = DiscretePart("x", SPEC, start=2)
    assert part.columns == slice(2, 9)
    values = np.array([[0, 2, 5], [1, -1, 5]])
    vector = part.encode(values)
    expected = [[1, 0, 0, 0, 0, 1, 1], [0, 1, 1, 0, 0, 0, 1]]
    np.testing.assert_array_equal(vector, expected)
    again = part.decode(vector)
    assert again.dtype == "int32"
    np.testing.assert_array_equal(again, values)


def test_what_is_out_of_bounds_is_zeros():
    part = DiscretePart("x", ArraySpec((), "int64", 1, 2), 0)
    np.testing.assert_array_equal(part.encode(np.array([0, 3])), np.zeros((2, 2)))


def test_samples_have_the_probabilities_of_the_logits():
    part = DiscretePart("x", ArraySpec((), "int32", 3, 5), 0)
    probabilities = np.array([0.1, 0.6, 0.3], "float32")
    logits = tf.tile(np.log(probabilities)[None] + 7.0, (20_000, 1))
    sampled = part.decode(logits, seed=tf.constant([0, 1]))
    shares = np.bincount(sampled, minlength=6)[3:] / len(sampled)
    np.testing.assert_allclose(shares, probabilities, atol=0.015)


def test_the_loss_is_the_cross_entropy():
    part = DiscretePart("x", SPEC, 0)
    outputs = np.random.default_rng(0).normal(size=(2, 7)).astype("float32")
    values = np.array([[0, 2, 5], [1, -1, 5]])
    expected = np.zeros(2)
    for row in range(2):
        for columns, low, value in zip(
            (slice(0, 2), slice(2, 6), slice(6, 7)),
            (0, -1, 5),
            values[row],
            strict=True,
        ):
            logits = outputs[row, columns].astype("float64")
            expected[row] -= logits[value - low] - np.log(np.exp(logits).sum())
    loss = part.loss(part.encode(values), outputs)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_gradients_of_the_loss_are_finite():
    part = DiscretePart("x", SPEC, 0)
    outputs = tf.Variable(tf.random.stateless_normal((2, 7), seed=(0, 1)))
    targets = part.encode(np.array([[0, 2, 5], [1, -1, 5]]))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(part.loss(targets, outputs))
    gradient = tape.gradient(loss, outputs).numpy()
    assert np.isfinite(gradient).all() and np.abs(gradient[:, :6]).min() > 0.0


@pytest.mark.parametrize(
    "spec, message",
    [
        (ArraySpec((), "int32"), "to have `minimum` and `maximum`"),
        (ArraySpec((), "int64", -(2**31), 2**31), "at most 10000 values"),
        (ArraySpec((200,), "int32", 0, 99), "at most 10000 values"),
    ],
)
def test_errors(spec, message):
    with pytest.raises(ValueError, match=message):
        DiscretePart("x", spec, 0)
