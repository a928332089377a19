import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from keras_rlgen import metrics


def two_classes(count, seed, shift=0.0):
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    return random.normal(4.0 * labels[:, None] + shift, 1.0, (count, 3)), labels


def slow_accuracy(train, labels, held_out, held_out_labels):
    """Each held-out sample gets the label of the nearest training sample."""
    right = 0
    for x, label in zip(held_out, held_out_labels, strict=True):
        nearest = np.argmin([np.linalg.norm(x - other) for other in train])
        right += labels[nearest] == label
    return right / len(held_out)


def test_values_are_those_of_brute_force():
    train, generated = two_classes(20, 0), two_classes(20, 1, shift=1.5)
    held_out = two_classes(40, 2)
    classifier = KNeighborsClassifier(n_neighbors=1)
    values = metrics.train_on_synthetic(*train, *generated, *held_out, classifier)
    expected = slow_accuracy(*generated, *held_out), slow_accuracy(*train, *held_out)
    assert values == expected
    assert 0.5 < values[0] < values[1]


@pytest.mark.parametrize("classifier", ["logistic_regression", "nearest_neighbors"])
def test_lost_classes_and_wrong_labels_cost_accuracy(classifier):
    train, held_out = two_classes(200, 0), two_classes(100, 1)
    good, real = metrics.train_on_synthetic(
        *train, *two_classes(200, 2), *held_out, classifier
    )
    assert good > 0.95 and real > 0.95
    x, y = two_classes(200, 2)
    bad, _ = metrics.train_on_synthetic(*train, x, 1 - y, *held_out, classifier)
    assert bad < 0.05


def test_errors():
    train, held_out = two_classes(20, 0), two_classes(10, 1)
    with pytest.raises(ValueError, match="`generated_labels` of at least two classes"):
        metrics.train_on_synthetic(*train, train[0], np.zeros(20, int), *held_out)
    with pytest.raises(ValueError, match=r"`train_labels` to be integers of shape"):
        metrics.train_on_synthetic(train[0], train[1][:5], *train, *held_out)
    with pytest.raises(ValueError, match="Received: float64"):
        metrics.train_on_synthetic(*train, *train, held_out[0], held_out[1] * 1.0)
    with pytest.raises(ValueError, match="num_generated, feature_size"):
        metrics.train_on_synthetic(*train, train[0][:, :2], train[1], *held_out)
