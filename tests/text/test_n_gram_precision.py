import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import metrics, text
from tests.metrics.sequences import random_sequences
from tests.text.texts import restored


@pytest.mark.parametrize("order, smoothing", [(1, 0.1), (3, 0.0), (4, 0.1)])
def test_it_is_the_bleu_of_each_sequence(order, smoothing):
    corpus = random_sequences(12, length=7, seed=1)
    samples = random_sequences(40, length=9, seed=2)
    samples[0], samples[1] = 0, 4
    reward = text.NGramPrecision(corpus, order, smoothing, end_token=0)
    expected = metrics.sentence_bleu(samples, corpus, order, 0, smoothing)
    value = reward(tf.constant(samples)).numpy()
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert len(set(expected)) > 10


def test_under_xla():
    reward = text.NGramPrecision(random_sequences(5, length=4), order=2, end_token=0)
    samples = tf.constant(random_sequences(6, length=5, seed=1))
    compiled = tf.function(reward, jit_compile=True)(samples)
    np.testing.assert_allclose(compiled, reward(samples), rtol=1e-6)


def test_without_a_penalty_short_ones_are_as_good():
    corpus = [[1, 2, 3, 4, 5, 6]]
    samples = tf.constant([[1, 2, 3, 0, 0, 0]])
    bare = text.NGramPrecision(corpus, 2, brevity_penalty=False, end_token=0)
    assert float(bare(samples)[0]) == pytest.approx(1.0)
    penalised = text.NGramPrecision(corpus, 2, end_token=0)(samples)
    assert float(penalised[0]) == pytest.approx(np.exp(-1.0))


def test_sequences_shorter_than_the_order():
    reward = text.NGramPrecision([[1, 2]], order=4)
    expected = metrics.sentence_bleu([[1, 2]], [[1, 2]], order=4)
    np.testing.assert_allclose(reward(tf.constant([[1, 2]])), expected, rtol=1e-6)


def test_configuration():
    reward = text.NGramPrecision(
        [[1, 2, 0]], 2, 0.5, False, vocabulary_size=5, end_token=0, name="grams"
    )
    again = restored(reward)
    assert again.get_config() == reward.get_config()
    samples = tf.constant([[1, 2, 3], [1, 0, 0]])
    np.testing.assert_array_equal(again(samples), reward(samples))


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ({"order": 0}, ValueError, "integers >= 1"),
        ({"smoothing": -1.0}, ValueError, "`smoothing` of zero or above"),
        ({"corpus": [[0.5]]}, TypeError, "`corpus` to be integers"),
        ({"corpus": [[3, 1]]}, ValueError, "sequences that are not empty"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        text.NGramPrecision(**{"corpus": [[1, 2]], "end_token": 3, **arguments})
