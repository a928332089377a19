import doctest

import numpy as np
import tensorflow as tf

from keras_rlgen.models.experience import corrected_ends
from keras_rlgen.models.experience.corrected_ends import first_accepted


def test_examples():
    assert doctest.testmod(corrected_ends).failed == 0


def test_the_odds_of_ends_are_divided():
    count, candidates, odds_ratio, learned = 20_000, 8, 6.0, 0.4
    is_end = np.random.default_rng(0).random(candidates * count) < learned
    samples = tf.constant(is_end)
    chosen = first_accepted(samples, samples, 1.0 / odds_ratio, candidates, (0, 1))
    odds = learned / (1.0 - learned) / odds_ratio
    assert abs(np.mean(chosen) - odds / (1.0 + odds)) < 0.01


def test_a_certain_end_stays_one():
    is_end = tf.ones((8,), tf.bool)
    chosen = first_accepted(tf.range(8), is_end, 0.0, 4, (0, 1))
    np.testing.assert_array_equal(chosen, [6, 7])
