import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import ArraySpec, vector_layout
from keras_rlgen.experience.vector_layout import VectorLayout

SPEC = {
    "x": (ArraySpec((2,)), ArraySpec((), "bool")),
    "choice": ArraySpec((), "int32", 0, 2),
}


def test_examples_run():
    names = {"tf": tf, "ArraySpec": ArraySpec}
    assert doctest.testmod(vector_layout, extraglobs=names).failed == 0


def test_parts():
    layout = VectorLayout(SPEC, "action", start=10)
    assert [(p.name, p.kind, p.columns.start) for p in layout.parts] == [
        ("action/choice", "discrete", 10),
        ("action/x/0", "continuous", 13),
        ("action/x/1", "binary", 15),
    ]
    assert layout.size == 6
    np.testing.assert_array_equal(layout.is_continuous, [0, 0, 0, 1, 1, 0])


def test_there_and_back():
    layout = VectorLayout(SPEC, "action")
    nest = {
        "choice": tf.constant([2, 0]),
        "x": (tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([True, False])),
    }
    vector = layout.encode(nest)
    np.testing.assert_array_equal(vector, [[0, 0, 1, 1, 2, 1], [1, 0, 0, 3, 4, 0]])
    again = layout.decode(vector)
    tf.nest.map_structure(np.testing.assert_array_equal, nest, again)


def test_samples_of_parts_are_independent():
    spec = ArraySpec((), "int32", 0, 9), ArraySpec((), "int32", 0, 9)
    layout = VectorLayout(spec, "action")
    first, second = layout.decode(tf.zeros((500, 20)), seed=tf.constant([0, 1]))
    assert 0.05 < np.mean(first == second) < 0.2


def test_another_structure_is_refused():
    layout = VectorLayout(SPEC, "action")
    with pytest.raises(
        ValueError, match="parts .*'action/choice'.* Received: .*action"
    ):
        layout.encode(tf.zeros((2, 6)))
