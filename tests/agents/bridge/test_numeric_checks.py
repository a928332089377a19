import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.bridge.numeric_checks import without_numeric_checks

ERROR = tf.errors.InvalidArgumentError


def checked(x):
    return tf.debugging.check_numerics(x, "not a number")


def test_is_left_out_of_what_is_traced():
    nan = tf.constant(np.nan)
    function = tf.function(checked)
    with without_numeric_checks():
        assert np.isnan(function(nan)) and np.isnan(checked(nan))
    assert np.isnan(function(nan))
    with pytest.raises(ERROR, match="not a number"):
        checked(nan)


def test_is_back_after_an_error():
    with pytest.raises(ZeroDivisionError), without_numeric_checks():
        raise ZeroDivisionError
    with pytest.raises(ERROR):
        checked(tf.constant(np.nan))
