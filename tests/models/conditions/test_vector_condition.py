import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import VectorCondition
from keras_rlgen.models.conditions import vector_condition
from keras_rlgen.training.health_monitor import HealthMonitor

CONDITIONS = VectorCondition(3)
VECTORS = np.random.default_rng(0).normal(size=(4, 3))


def test_sound_vectors_come_back_as_tensors():
    for given in (VECTORS, VECTORS.tolist(), tf.constant(VECTORS, tf.float32)):
        checked = CONDITIONS.validate(given, count=4)
        assert checked.dtype == tf.float32
        np.testing.assert_allclose(checked, VECTORS, rtol=1e-6)
    assert CONDITIONS.validate(VECTORS).shape == CONDITIONS.example(4).shape
    assert CONDITIONS.spec.is_compatible_with(checked)
    assert CONDITIONS.spec.name == "condition"


@pytest.mark.parametrize("shape", [(), (4,), (3,), (4, 2), (3, 3), (4, 3, 1), (0, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"of shape \(4, 3\), a vector of 3") as error:
        CONDITIONS.validate(np.zeros(shape), count=4)
    assert f"Received: {shape}" in str(error.value)


def test_batches_of_another_shape_are_refused_in_training():
    with pytest.raises(ValueError, match=r"\('batch', 3\).*Received: \(4, 2\)"):
        CONDITIONS.guarded(tf.zeros((4, 2)), HealthMonitor())


def test_values_that_are_not_finite_are_refused():
    vectors = np.full((1, 3), np.inf)
    with pytest.raises(ValueError, match="Expected finite vectors"):
        CONDITIONS.validate(vectors)
    health = HealthMonitor()
    assert not np.any(CONDITIONS.guarded(tf.constant(vectors), health))
    with pytest.raises(ValueError, match="Expected finite vectors"):
        health.raise_if_faulty()


def test_none_can_be_drawn():
    assert not CONDITIONS.has_random
    with pytest.raises(ValueError, match=r"of shape \(n, 3\); in a `RewardTuner`"):
        CONDITIONS.random(2, tf.constant([0, 0]))


@pytest.mark.parametrize("dim", [0, -1, 2.0, None])
def test_other_sizes_are_refused(dim):
    with pytest.raises(ValueError, match="to be a positive integer"):
        VectorCondition(dim)


def test_it_comes_back_from_its_configuration():
    config = keras.saving.serialize_keras_object(VectorCondition(np.int64(5)))
    assert keras.saving.deserialize_keras_object(config).dim == 5


def test_examples_in_docstrings_run():
    result = doctest.testmod(vector_condition)
    assert result.attempted > 0 and result.failed == 0
