import keras
import pytest

from keras_rlgen import metrics
from tests.metrics.sequences import cut, n_grams, random_sequences


def test_it_is_the_share_of_a_slow_count():
    tokens = random_sequences(30)
    result = metrics.distinct_n_grams(tokens, (1, 3), end_token=0)
    for order in (1, 3):
        counts = [n_grams(row, order) for row in cut(tokens)]
        distinct = len(set().union(*counts))
        total = sum(sum(count.values()) for count in counts)
        assert result[f"distinct_{order}"] == pytest.approx(distinct / total)


def test_no_n_grams_of_an_order():
    assert metrics.distinct_n_grams([[1, 2]], 3) == {"distinct_3": 0.0}
    with pytest.raises(ValueError, match="orders of n-grams"):
        metrics.distinct_n_grams([[1, 2]], -1)


def test_the_metric_agrees_with_the_function():
    tokens = random_sequences(30)
    metric = metrics.DistinctNGrams(orders=(2,), end_token=0, max_samples=20)
    config = keras.saving.serialize_keras_object(metric)
    metric = keras.saving.deserialize_keras_object(config)
    assert keras.saving.serialize_keras_object(metric) == config
    metric.update_state(None, tokens)
    expected = metrics.distinct_n_grams(tokens[:20], 2, 0)["distinct_2"]
    assert float(metric.result()["distinct_2"]) == pytest.approx(expected, rel=1e-6)
