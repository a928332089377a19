import keras
import numpy as np
import pytest

from keras_rlgen import metrics
from tests.metrics.sequences import cut, random_sequences, slow_bleu


@pytest.mark.parametrize("count", [2, 3, 25])
def test_each_is_compared_with_all_others(count):
    tokens = random_sequences(count, length=12, vocabulary_size=4, seed=count)
    rows = cut(tokens)
    result = metrics.self_bleu(tokens, (2, 4), end_token=0)
    for order in (2, 4):
        expected = np.mean(
            [slow_bleu(r, rows[:i] + rows[i + 1 :], order) for i, r in enumerate(rows)]
        )
        assert result[f"self_bleu_{order}"] == pytest.approx(expected, rel=1e-12)


def test_the_common_mistake_is_one_for_any_samples():
    tokens = random_sequences(10, length=8, vocabulary_size=100)
    assert metrics.self_bleu(tokens, 3, 0)["self_bleu_3"] < 0.3
    wrong = metrics.self_bleu(tokens, 3, 0, include_self=True)
    assert wrong["self_bleu_3"] == pytest.approx(1.0)


def test_extremes():
    same = metrics.self_bleu([[1, 2, 3, 4]] * 5, (2, 4))
    assert same == pytest.approx({"self_bleu_2": 1.0, "self_bleu_4": 1.0})
    different = metrics.self_bleu(np.arange(20).reshape(5, 4), 2)
    assert different == {"self_bleu_2": 0.0}
    with pytest.raises(ValueError, match="at least two sequences.*Received: 1"):
        metrics.self_bleu([[1, 2]])


def test_the_metric_agrees_with_the_function():
    tokens = random_sequences(30)
    metric = metrics.SelfBLEU(orders=2, end_token=0, smoothing=0.0, max_samples=20)
    config = keras.saving.serialize_keras_object(metric)
    metric = keras.saving.deserialize_keras_object(config)
    assert keras.saving.serialize_keras_object(metric) == config
    assert metric.name == "self_bleu"
    metric.update_state(None, tokens[:12])
    metric.update_state(tokens, tokens[12:])
    expected = metrics.self_bleu(tokens[:20], 2, 0, 0.0)
    assert float(metric.result()["self_bleu_2"]) == pytest.approx(
        expected["self_bleu_2"], rel=1e-6
    )
