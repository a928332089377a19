import numpy as np
import tensorflow as tf

from keras_rlgen.agents.algorithms.weighted_means import normalized, relative_weights


def test_normalized_leaves_out_what_has_no_weight():
    values = normalized(tf.constant([[1.0, 3.0, 50.0]]), tf.constant([[1.5, 1.5, 0.0]]))
    np.testing.assert_allclose(values[0, :2], [-1.0, 1.0], rtol=1e-5)


def test_each_minibatch_is_normalized_alone():
    random = np.random.default_rng(0)
    values = random.normal(size=(3, 4, 2)).astype("float32")
    weights = random.uniform(size=(3, 4, 2)).astype("float32")
    weights[1] = 0.0
    relative = relative_weights(tf.constant(weights))
    result = normalized(tf.constant(values), relative)
    np.testing.assert_array_equal(relative[1], 0.0)
    for index in 0, 2:
        share = weights[index] / weights[index].sum()
        mean = np.sum(share * values[index])
        variance = np.sum(share * (values[index] - mean) ** 2)
        expected = (values[index] - mean) / np.sqrt(variance)
        np.testing.assert_allclose(relative[index], 8 * share, rtol=1e-5)
        np.testing.assert_allclose(result[index], expected, rtol=1e-4, atol=1e-5)
