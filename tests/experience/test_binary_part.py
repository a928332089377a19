import numpy as np
import tensorflow as tf

from keras_rlgen.experience import ArraySpec
from keras_rlgen.experience.binary_part import BinaryPart


def test_flags_and_logits():
    part = BinaryPart("x", ArraySpec((2,), "bool"), 0)
    values = np.array([[True, False], [False, False]])
    vector = part.encode(values)
    np.testing.assert_array_equal(vector, values.astype("float32"))
    np.testing.assert_array_equal(part.decode(vector), values)
    np.testing.assert_array_equal(part.decode(tf.constant([[-1.0, 1.0]])), [[0, 1]])


def test_samples_have_the_probability_of_the_logit():
    part = BinaryPart("x", ArraySpec((), "bool"), 0)
    logits = tf.fill((20_000, 1), np.float32(np.log(0.2 / 0.8)))
    sampled = part.decode(logits, seed=tf.constant([0, 1]))
    np.testing.assert_allclose(np.mean(sampled), 0.2, atol=0.01)


def test_the_loss_is_the_weighted_cross_entropy():
    part = BinaryPart("x", ArraySpec((), "bool"), 0)
    targets = np.array([[1.0], [0.0], [1.0]], "float32")
    outputs = np.array([[0.3], [-2.0], [-100.0]], "float32")
    probability = 1.0 / (1.0 + np.exp(-outputs.astype("float64")))
    expected = -3.0 * targets * np.log(probability)
    expected -= (1.0 - targets) * np.log1p(-probability)
    loss = part.loss(targets, outputs, positive_weight=3.0)
    np.testing.assert_allclose(loss, expected[:, 0], rtol=1e-5)
