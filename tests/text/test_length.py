import pytest
import tensorflow as tf

from keras_rlgen import text
from tests.text.texts import restored

SAMPLES = tf.constant([[0, 1, 1, 1], [1, 0, 0, 0], [1, 2, 0, 1], [1, 1, 1, 1]])


def test_tokens_too_few_or_too_many():
    reward = text.Length(1, 2, end_token=0)
    assert reward(SAMPLES).numpy().tolist() == [-1.0, 0.0, 0.0, -2.0]
    at_least = text.Length(3, end_token=0)
    assert at_least(SAMPLES).numpy().tolist() == [-3.0, -2.0, -1.0, 0.0]


def test_configuration():
    reward = text.Length(2, 5, vocabulary_size=9, end_token=8, name="size")
    assert restored(reward).get_config() == reward.get_config()


@pytest.mark.parametrize("low, high", [(-1, 2), (3, 2), (1.5, 2), (1, 2.5)])
def test_bounds(low, high):
    with pytest.raises(ValueError, match="integers 0 <= `low` <= `high`"):
        text.Length(low, high, end_token=0)


def test_an_end_token_is_needed():
    with pytest.raises(ValueError, match="an `end_token`: without one"):
        text.Length(1, 2)
