import doctest
import inspect

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.export import write_endpoints

SIGNATURE = [tf.TensorSpec((None, 2), name="x")]


def test_plain_python_is_refused_and_what_was_there_is_kept(tmp_path):
    path = tmp_path / "model"
    doubled = {"double": (lambda x: 2 * x, SIGNATURE)}
    assert write_endpoints(doubled, path, verbose=False) == ["double"]
    in_python = {
        "double": (
            lambda x: tf.numpy_function(lambda x: 2 * x, [x], tf.float32),
            SIGNATURE,
        )
    }
    with pytest.raises(ValueError, match="`double` calls a function in plain Python"):
        write_endpoints(in_python, path, verbose=False)
    x = np.ones((3, 2), "float32")
    np.testing.assert_array_equal(tf.saved_model.load(path).double(x), 2 * x)


def test_example():
    assert doctest.testmod(inspect.getmodule(write_endpoints)).failed == 0
