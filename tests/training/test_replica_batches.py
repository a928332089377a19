"""Tests of batches that replicas share."""

import types

import numpy as np
import pytest

from keras_rlgen.training.replica_batches import divided_batches

X = np.arange(11)
PAIR = types.SimpleNamespace(num_replicas_in_sync=2)


def test_a_share_is_held_out_and_the_rest_divided():
    options = {"validation_split": 0.3, "batch_size": 4}
    x, y, options = divided_batches(X, -X, options, PAIR)
    assert x.tolist() == [0, 1, 2, 3, 4, 5] and y.tolist() == [0, -1, -2, -3, -4, -5]
    held_out, conditions = options["validation_data"]
    assert held_out.tolist() == [7, 8, 9, 10] == (-conditions).tolist()
    assert options["validation_split"] == 0.0


def test_validation_data_take_the_place_of_a_share_as_in_keras():
    given = {"validation_split": 0.3, "validation_data": X[:2], "batch_size": 4}
    x, _, options = divided_batches(X, None, given, PAIR)
    assert len(x) == 10 and options is given


@pytest.mark.parametrize(
    ("size", "message"),
    [(1, "at least one sample for each of 2"), (3, "that 2 replicas can share")],
)
def test_batches_that_cannot_be_shared(size, message):
    with pytest.raises(ValueError, match=message):
        divided_batches(X, None, {"batch_size": size}, PAIR)
