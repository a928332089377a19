import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import Prompts
from keras_rlgen.models.conditions import prompts
from keras_rlgen.training.health_monitor import HealthMonitor


def test_examples():
    assert doctest.testmod(prompts).failed == 0


def test_configuration_round_trip():
    config = keras.saving.serialize_keras_object(Prompts(3, 7))
    again = keras.saving.deserialize_keras_object(config)
    assert (again.length, again.vocabulary_size) == (3, 7)
    assert again.spec == tf.TensorSpec((None, 3), tf.int32, name="condition")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (np.zeros((2, 2), "int32"), r"of shape \(1, 3\).*\(2, 2\)"),
        (np.zeros((2, 3), "int32"), r"of shape \(1, 3\).*\(2, 3\)"),
        (np.full((1, 3), 7), r"tokens in \[0, 7\)"),
        (np.full((1, 3), -1), r"tokens in \[0, 7\)"),
        (np.zeros((1, 3)), "dtype float64"),
    ],
)
def test_prompts_that_do_not_fit(condition, message):
    with pytest.raises(ValueError, match=message):
        Prompts(3, 7).validate(condition, count=1)


def test_no_prompts():
    with pytest.raises(ValueError, match="at least one prompt"):
        Prompts(3, 7).validate(np.zeros((0, 3), "int32"))
    with pytest.raises(ValueError, match="which it cannot sample"):
        Prompts(3, 7).random(2, key=(0, 1))


def test_prompts_in_a_training_step_are_clipped_and_recorded():
    health = HealthMonitor()
    prompts = Prompts(2, 4).guarded(tf.constant([[5, 1]]), health)
    np.testing.assert_array_equal(prompts, [[3, 1]])
    with pytest.raises(ValueError, match=r"tokens in \[0, 4\)"):
        health.raise_if_faulty()


@pytest.mark.parametrize("arguments", [(0, 5), (2, 1), (1.5, 5)])
def test_arguments_out_of_range(arguments):
    with pytest.raises(ValueError, match="to be an integer >="):
        Prompts(*arguments)
