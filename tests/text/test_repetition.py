import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import text
from tests.metrics.sequences import cut, n_grams, random_sequences
from tests.text.texts import restored


@pytest.mark.parametrize("order", [1, 2, 10])
def test_it_is_minus_the_share_of_repeated_n_grams(order):
    samples = random_sequences(20, vocabulary_size=3)
    samples[0] = 0
    expected = []
    for row in cut(samples):
        counts = n_grams(row, order)
        total = max(sum(counts.values()), 1)
        expected.append(-(sum(counts.values()) - len(counts)) / total)
    reward = text.Repetition(order, end_token=0)
    np.testing.assert_allclose(reward(tf.constant(samples)), expected, rtol=1e-6)


def test_configuration():
    reward = text.Repetition(3, vocabulary_size=7, end_token=0, name="again")
    assert restored(reward).get_config() == reward.get_config()
    with pytest.raises(ValueError, match="integers >= 1"):
        text.Repetition(0)
