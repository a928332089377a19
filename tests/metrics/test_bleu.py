import time

import keras
import numpy as np
import pytest

from keras_rlgen import metrics
from tests.metrics.sequences import cut, random_sequences, slow_bleu


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("order", [1, 2, 4, 5])
def test_it_is_that_of_the_paper(order, smoothing):
    generated = random_sequences(30, seed=1)
    references = random_sequences(7, length=6, seed=2)
    generated[3] = 0  # An empty sequence.
    generated[4, :] = [9] * 9  # Nothing in common.
    scores = metrics.sentence_bleu(generated, references, order, 0, smoothing)
    rows = cut(references)
    expected = [slow_bleu(row, rows, order, smoothing) for row in cut(generated)]
    np.testing.assert_allclose(scores, expected, rtol=1e-12)
    assert scores[3] == scores[4] == 0.0


def test_it_is_that_of_sacrebleu():
    bleu = pytest.importorskip("sacrebleu.metrics").BLEU
    generated = random_sequences(50, length=14, vocabulary_size=7, seed=3)
    references = random_sequences(9, length=14, vocabulary_size=7, seed=4)
    theirs = bleu(
        smooth_method="floor", smooth_value=0.1, tokenize="none", effective_order=False
    )
    written = [
        [" ".join(map(str, row)) for row in cut(t)] for t in (generated, references)
    ]
    keep = [index for index, row in enumerate(cut(generated)) if len(row) >= 4]
    expected = [theirs.sentence_score(written[0][i], written[1]).score for i in keep]
    scores = metrics.sentence_bleu(generated, references, 4, end_token=0)
    assert len(keep) > 40
    np.testing.assert_allclose(100.0 * scores[keep], expected, rtol=1e-6)


def test_means_of_several_orders():
    generated, references = random_sequences(20), random_sequences(5, seed=1)
    result = metrics.bleu(generated, references, orders=(3, 1), end_token=0)
    assert list(result) == ["bleu_3", "bleu_1"]
    for order in (1, 3):
        scores = metrics.sentence_bleu(generated, references, order, 0)
        assert result[f"bleu_{order}"] == pytest.approx(scores.mean(), rel=1e-12)


def test_the_cost_does_not_grow_with_the_square():
    def seconds(count):
        generated, references = (
            random_sequences(count, 20, 500, seed=seed) for seed in (0, 1)
        )
        start = time.process_time()
        metrics.bleu(generated, references, end_token=0)
        return time.process_time() - start

    seconds(100)
    small = min(seconds(500) for _ in range(3))
    assert seconds(4000) < 30 * small


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"orders": 0}, "orders of n-grams, integers >= 1"),
        ({"orders": ()}, "orders of n-grams"),
        ({"orders": 2.0}, "orders of n-grams"),
        ({"smoothing": -0.1}, "`smoothing` of zero or above"),
        ({"references": [1, 2]}, "`references` of shape"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.bleu(**{"generated": [[1]], "references": [[1]], **arguments})


def test_the_metric_agrees_with_the_function():
    real, generated = random_sequences(30, seed=1), random_sequences(20, seed=2)
    metric = metrics.BLEU(orders=(1, 3), end_token=0, smoothing=0.2, max_samples=25)
    config = keras.saving.serialize_keras_object(metric)
    metric = keras.saving.deserialize_keras_object(config)
    assert keras.saving.serialize_keras_object(metric) == config
    metric.update_state(real[:20], generated[:5])
    metric.update_state(real[20:], generated[5:])
    expected = metrics.bleu(generated, real[:25], (1, 3), 0, 0.2)
    result = {name: float(value) for name, value in metric.result().items()}
    assert result == pytest.approx(expected, rel=1e-6)
