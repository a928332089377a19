import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import temperature
from keras_rlgen.models.temperature import check_temperature


@pytest.mark.parametrize("value", [1, 0.1, np.float32(2.0), tf.constant(0.5)])
def test_positive_numbers_pass(value):
    assert check_temperature(value) is None


@pytest.mark.parametrize(
    "value", [0.0, -1, float("nan"), np.inf, tf.constant(0.0), "hot", None]
)
def test_others_are_refused(value):
    with pytest.raises(ValueError, match="above zero. Received: .*1.0 for the model"):
        check_temperature(value)


def test_tensors_of_a_graph_are_taken_on_trust():
    @tf.function
    def check(value):
        check_temperature(value)
        return value

    assert float(check(tf.constant(0.0))) == 0.0


def test_examples_in_docstrings_run():
    assert doctest.testmod(temperature).failed == 0
