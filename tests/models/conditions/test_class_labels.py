import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import ClassLabels, draw
from keras_rlgen.models.conditions import class_labels
from keras_rlgen.training.health_monitor import HealthMonitor

LABELS = ClassLabels(3)


@pytest.mark.parametrize("labels", [[0, 2], np.array([0, 2]), tf.constant([0, 2])])
def test_labels_become_a_tensor(labels):
    checked = LABELS.validate(labels, count=2)
    assert checked.dtype == tf.int32
    np.testing.assert_array_equal(checked, [0, 2])


@pytest.mark.parametrize(
    "labels, count, message",
    [
        ([0, 1], 3, r"shape \(3,\), one label per sample. Received: \(2,\)"),
        ([[0], [1]], 2, r"Received: \(2, 1\)"),
        ([], None, "at least one label"),
        ([0, 3], None, r"in \[0, 3\). Received: .* from 0 to 3"),
        ([-1, 0], None, "from -1 to 0"),
        ([0.0, 1.0], None, "dtype float64"),
    ],
)
def test_bad_labels_are_named(labels, count, message):
    with pytest.raises(ValueError, match=message):
        LABELS.validate(labels, count)


@pytest.mark.parametrize("count", [0, 2.5, None])
def test_the_number_of_classes_is_checked(count):
    with pytest.raises(ValueError, match=f"positive integer. Received: {count!r}"):
        ClassLabels(count)


def test_bad_labels_of_a_training_step_are_noted():
    health = HealthMonitor()
    np.testing.assert_array_equal(LABELS.guarded([[1.0], [2.0]], health), [[1], [2]])
    health.raise_if_faulty()
    np.testing.assert_array_equal(LABELS.guarded([5, -1], health), [2, 0])
    with pytest.raises(ValueError, match=r"integer labels in \[0, 3\)"):
        health.raise_if_faulty()


def test_labels_are_drawn_uniformly_by_key():
    drawn = LABELS.random(3000, [0, 1]).numpy()
    np.testing.assert_array_equal(LABELS.random(3000, [0, 1]), drawn)
    np.testing.assert_allclose(np.bincount(drawn) / 3000, [1 / 3] * 3, atol=0.03)


def test_examples_have_the_shape_and_type_of_the_spec():
    assert LABELS.spec.is_compatible_with(LABELS.example(4))


@pytest.mark.parametrize("module", [class_labels, draw], ids=lambda m: m.__name__)
def test_examples_in_docstrings_run(module):
    result = doctest.testmod(module, extraglobs={"tf": tf})
    assert result.attempted > 0 and result.failed == 0


def test_fractions_of_a_data_set_are_noted_not_truncated():
    health = HealthMonitor()
    LABELS.guarded([[0.5]], health)
    with pytest.raises(ValueError, match="integer labels"):
        health.raise_if_faulty()
