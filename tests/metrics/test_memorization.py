import keras
import numpy as np
import pytest

from keras_rlgen import metrics
from tests.metrics.sequences import cut, n_grams, random_sequences


def slow_copy(row, corpus):
    orders = range(len(row), 0, -1)
    for order in orders:
        if any(n_grams(row, order).keys() & n_grams(c, order).keys() for c in corpus):
            return order
    return 0


def test_it_is_the_longest_common_run():
    generated, corpus = random_sequences(40, seed=1), random_sequences(9, seed=2)
    generated[0] = 0
    generated[1] = [7] * 9
    copies = metrics.longest_copies(generated, corpus, end_token=0)
    rows = cut(corpus)
    expected = [slow_copy(row, rows) for row in cut(generated)]
    assert copies.tolist() == expected and expected[:2] == [0, 0]
    assert len(set(expected)) > 3
    result = metrics.memorization(generated, corpus, end_token=0)
    lengths = [len(row) for row in cut(generated)]
    assert result["longest_copy"] == pytest.approx(np.mean(expected))
    whole = [c == n > 0 for c, n in zip(expected, lengths, strict=True)]
    assert result["copied_sequences"] == pytest.approx(np.mean(whole))


def test_a_copy_does_not_cross_the_end_of_a_sequence():
    copies = metrics.longest_copies([[3, 4, 5, 6]], [[1, 2, 3, 4], [5, 6, 1, 2]])
    assert copies.tolist() == [2]
    copies = metrics.longest_copies([[1, 2, 0, 9]], [[1, 2, 0, 9]], end_token=0)
    assert copies.tolist() == [2]


def test_the_corpus_itself_is_copied():
    corpus = random_sequences(20, length=30, vocabulary_size=50)
    result = metrics.memorization(corpus, corpus, end_token=0)
    assert result["longest_copy_fraction"] == result["copied_sequences"] == 1.0


def test_the_metric_agrees_with_the_function():
    generated, corpus = random_sequences(30), random_sequences(9, length=7, seed=2)
    metric = metrics.Memorization(corpus, end_token=0, max_samples=20)
    config = keras.saving.serialize_keras_object(metric)
    metric = keras.saving.deserialize_keras_object(config)
    assert keras.saving.serialize_keras_object(metric) == config
    metric.update_state(None, generated)
    result = {name: float(value) for name, value in metric.result().items()}
    expected = metrics.memorization(generated[:20], corpus, 0)
    assert result == pytest.approx(expected, rel=1e-6)


def test_the_corpus_is_checked():
    with pytest.raises(TypeError, match="`corpus` to be integers"):
        metrics.Memorization([[0.5]])
