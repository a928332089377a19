import doctest
import sys

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.rewards.batch_size import batch_size
from tests.rewards.transitions import transitions


def test_known_sizes_are_integers():
    assert batch_size(tf.zeros((3, 2))) == 3 and batch_size(np.zeros((4,))) == 4
    assert batch_size((tf.zeros((5, 2)), tf.zeros((7,)))) == 5
    assert batch_size(transitions()) == 3
    assert type(batch_size(tf.zeros((3, 2)))) is int


@pytest.mark.parametrize("shape", [(None, 2), None])
def test_unknown_sizes_are_tensors(shape):
    @tf.function(input_signature=[tf.TensorSpec(shape)])
    def size(samples):
        result = batch_size({"only": samples})
        assert tf.is_tensor(result)
        return result

    assert int(size(tf.zeros((6, 2)))) == 6


@pytest.mark.parametrize("samples", [tf.constant(1.0), np.float32(1.0), {}, ()])
def test_what_has_no_batch_is_refused(samples):
    with pytest.raises(ValueError, match=r"shape \(batch, ...\), or a nest.*Received"):
        batch_size(samples)


def test_examples_in_docstrings_run():
    # The package's attribute of that name is the function.
    module = sys.modules["keras_rlgen.rewards.batch_size"]
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0
