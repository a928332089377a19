import numpy as np
import tensorflow as tf

from keras_rlgen.models.experience.corrected_samples import CorrectedSamples


class Counting:
    """A model whose samples are their index and an end for the first candidates."""

    is_deterministic = False

    def __init__(self, count):
        self.count = count

    def sample(self, count, key, condition=None):
        index = tf.cast(tf.range(count), tf.float32)
        ends = tf.where(index < self.count, 1.0, -1.0)
        return tf.stack(
            [index, 0.0 * index if condition is None else condition[:, 0], ends], 1
        )


def test_ends_are_thinned_and_numbers_clipped():
    layer = CorrectedSamples(3)
    layer.adapt(tf.constant([[2.0, 0.0, -1.0], [4.0, 9.0, 1.0]]), odds_ratio=1e9)
    samples = layer.sample(
        Counting(2), 2, tf.constant([0, 1]), tf.constant([[5.0], [7.0]])
    )
    # Candidates 0 and 1 are ends, 2 and 3 are the second ones of both.
    np.testing.assert_array_equal(samples, [[2.0, 5.0, -1.0], [3.0, 7.0, -1.0]])


def test_ends_as_frequent_as_in_the_data_are_kept():
    layer = CorrectedSamples(3)
    layer.adapt(tf.constant([[0.0, 0.0, -1.0], [9.0, 0.0, 1.0]]), odds_ratio=1.0)
    samples = layer.sample(Counting(2), 2, tf.constant([0, 1]))
    np.testing.assert_array_equal(samples[:, 0], [0.0, 1.0])


def test_a_deterministic_model_is_sampled_once():
    layer, model = CorrectedSamples(3), Counting(2)
    model.is_deterministic = True
    layer.adapt(tf.constant([[0.0, 0.0, -1.0], [9.0, 0.0, 1.0]]), odds_ratio=3.0)
    assert layer.sample(model, 2, tf.constant([0, 1])).shape == (2, 3)
