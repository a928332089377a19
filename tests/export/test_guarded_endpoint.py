import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.export.guarded_endpoint import guarded_endpoint

SIGNATURE = [
    {
        "a": tf.TensorSpec((None, 2), name="x/a"),
        "b": tf.TensorSpec((None,), name="x/b"),
    },
    tf.TensorSpec((), tf.int32, name="count"),
]
X = {"a": np.ones((3, 2), "float32"), "b": np.float32([0.0, 0.5, 1.0005])}


def of_any_number(*arguments):
    inputs, count = arguments
    return tf.reduce_sum(inputs["a"]) + tf.cast(count, tf.float32)


@pytest.fixture(scope="module")
def function():
    bounds = {"x/b": (0.0, 1.0), "count": (1, 5)}
    guarded = guarded_endpoint(of_any_number, SIGNATURE, bounds)
    return tf.function(guarded, input_signature=SIGNATURE, autograph=False)


def test_it_returns_what_the_function_does(function):
    assert float(function(X, 2)) == 8.0
    assert float(function(x=X, count=5)) == 11.0


@pytest.mark.parametrize(
    ("inputs", "count", "message"),
    [
        (X, 6, "`count` from 1 to 5"),
        (X, 0, "`count` from 1 to 5"),
        ({**X, "b": X["b"] + 0.1}, 1, "`x/b` from 0.0 to 1.0"),
        ({**X, "b": X["b"] * np.nan}, 1, "finite numbers as `x/b`"),
        ({**X, "a": X["a"] * np.inf}, 1, "finite numbers as `x/a`"),
    ],
)
def test_values_that_it_refuses(function, inputs, count, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        function(inputs, count)
