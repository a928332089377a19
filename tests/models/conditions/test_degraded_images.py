import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models.conditions import degraded_images
from keras_rlgen.models.conditions.degraded_images import DegradedImages
from keras_rlgen.training.health_monitor import HealthMonitor

CONDITIONS = DegradedImages((2, 3, 1))


def test_sound_images_come_back_as_tensors():
    images = np.random.default_rng(0).normal(size=(4, 2, 3, 1))
    for given in (images, images.tolist(), tf.constant(images, tf.float32)):
        checked = CONDITIONS.validate(given, count=4)
        assert checked.dtype == tf.float32
        np.testing.assert_allclose(checked, images, rtol=1e-6)
    assert CONDITIONS.validate(images).shape == CONDITIONS.example(4).shape
    assert CONDITIONS.spec.is_compatible_with(checked)


@pytest.mark.parametrize("shape", [(4, 2, 3), (4, 2, 3, 2), (3, 2, 3, 1)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"of shape \(4, 2, 3, 1\). Received") as error:
        CONDITIONS.validate(np.zeros(shape), count=4)
    assert f"{shape}. Make them by `model.degrade(images)`" in str(error.value)


def test_batches_of_another_shape_are_refused_in_training():
    with pytest.raises(ValueError, match=r"\('batch', 2, 3, 1\). Received: \(4, 2\)"):
        CONDITIONS.guarded(tf.zeros((4, 2)), HealthMonitor())


def test_values_that_are_not_finite_are_refused():
    images = np.full((1, 2, 3, 1), np.nan)
    with pytest.raises(ValueError, match="Put 0 where pixels are missing"):
        CONDITIONS.validate(images)
    health = HealthMonitor()
    assert not np.any(CONDITIONS.guarded(tf.constant(images), health))
    with pytest.raises(ValueError, match="Put 0 where pixels are missing"):
        health.raise_if_faulty()


def test_none_can_be_drawn():
    with pytest.raises(ValueError, match=r"restores images: it needs them"):
        CONDITIONS.random(2, tf.constant([0, 0]))


def test_examples_in_docstrings_run():
    result = doctest.testmod(degraded_images, extraglobs={"np": np})
    assert result.attempted > 0 and result.failed == 0
