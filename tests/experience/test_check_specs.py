import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience.array_spec import ArraySpec
from keras_rlgen.experience.check_specs import check_columns

FLOATS = np.array([[0.1, 0.2], [0.3, 0.4]], "float32")
INDICES = np.array([2, 0, 1])
ONE_HOT = np.eye(3, dtype="float32")[INDICES]


@pytest.mark.parametrize(
    "columns, spec",
    [
        (FLOATS, tf.TensorSpec((2,), tf.float32)),
        (FLOATS, tf.TensorSpec((2,), tf.float64)),
        (FLOATS, ArraySpec((2,), "float64", 0.1, 0.4)),
        (INDICES, ArraySpec((), "int32", 0, 2)),
        (INDICES, tf.TensorSpec((), tf.int8)),
        (np.array([[True, False]]), tf.TensorSpec((2,), tf.float32)),
        (np.array([True]), tf.TensorSpec((), tf.bool)),
        (np.zeros((4, 8, 8, 1), "uint8"), tf.TensorSpec((8, 8, 1), tf.uint8)),
        (
            {"a": (FLOATS,), "b": INDICES},
            {"b": tf.TensorSpec((), tf.int64), "a": (tf.TensorSpec((2,)),)},
        ),
    ],
)
def test_what_fits(columns, spec):
    check_columns(columns, spec, "actions")


@pytest.mark.parametrize(
    "columns, spec, message",
    [
        (
            INDICES,
            tf.TensorSpec((3,)),
            r"indices where one-hot .* `np.eye\(3, dtype='float32'\)\[actions\]`",
        ),
        (
            ONE_HOT,
            ArraySpec((), "int32", 0, 2),
            r"one-hot vectors where indices .* `np.argmax\(actions, axis=-1\)`",
        ),
        (INDICES[:, None], ArraySpec((), "int32", 0, 2), "Drop the last axis"),
        (FLOATS[:, 0], tf.TensorSpec((1,)), "Add an axis"),
        (FLOATS, tf.TensorSpec((5,)), r"shape \(rows, 5\). Received: shape \(2, 2\)"),
        (FLOATS, ArraySpec((2,), "int32", 0, 1), r"actions.astype\('int32'\)"),
        (np.zeros((1, 2), "uint8"), tf.TensorSpec((2,)), "Scale pixels"),
        (FLOATS, ArraySpec((2,), "float32", 0.0, 0.3), "in row 1"),
        (FLOATS, ArraySpec((2,), "float32", 0.0, [1.0, 0.3]), "in row 1"),
        (INDICES, ArraySpec((), "int32", 1, 3), "from 1 to 3.* 0 in row 1"),
        (np.array([300]), tf.TensorSpec((), tf.uint8), "from 0 to 255"),
        ({"a": FLOATS}, tf.TensorSpec((2,)), "to be an array.* a dict with the keys"),
        (FLOATS, (tf.TensorSpec((2,)),), "to be a tuple of 1.* an array"),
        ({"a": FLOATS}, {"b": tf.TensorSpec((2,))}, r"keys \['b'\].* \['a'\]"),
        (
            {"a": (FLOATS,)},
            {"a": tf.TensorSpec((2,))},
            r"`actions\['a'\]` to be an array",
        ),
    ],
)
def test_errors(columns, spec, message):
    with pytest.raises(ValueError, match=message):
        check_columns(columns, spec, "actions")
