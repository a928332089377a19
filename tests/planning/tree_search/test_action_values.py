import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.planning.tree_search.action_values import (
    check_bounds,
    completed_values,
    mixed_value,
    scaled_values,
)
from keras_rlgen.planning.tree_search.search_tree import Node

LOGITS = np.log([[0.5, 0.3, 0.2]]).astype("float32")
VALUES = np.array([[3.0, 0.0, -1.0]], "float32")


def node(visits=(2, 0, 1)):
    return Node(
        visits=tf.constant([1 + sum(visits)]),
        value=tf.constant([1.0]),
        raw_value=tf.constant([2.0]),
        child=tf.constant([[1, -1, 2]]),
        prior_logits=tf.constant(LOGITS),
        child_visits=tf.constant([visits]),
        action_values=tf.constant(VALUES),
    )


def test_scaled_values():
    # Between -1 and 3; the second was not tried.
    np.testing.assert_allclose(scaled_values(node()), [[1.0, 0.0, 0.0]])
    np.testing.assert_allclose(scaled_values(node((1, 1, 0))), [[1.0, 0.0, 0.0]])
    np.testing.assert_allclose(scaled_values(node((0, 0, 0))), [[0.0, 0.0, 0.0]])


def test_bounds_of_values():
    # Of -4 to 4, and clipped; an action that was not tried gets the least.
    values = scaled_values(node(), (-4.0, 4.0)), scaled_values(node(), (-0.5, 1.0))
    np.testing.assert_allclose(values, [[[0.875, 0.0, 0.375]], [[1.0, 0.0, 0.0]]])
    mixed = (float(mixed_value(node())[0]) + 4.0) / 8.0
    expected = (50.0 + 2) * 0.1 * np.array([0.875, mixed, 0.375])
    completed = completed_values(node(), value_bounds=(-4.0, 4.0))[0]
    np.testing.assert_allclose(completed, expected, rtol=1e-6)
    assert check_bounds(None) is None and check_bounds([0, 1]) == (0.0, 1.0)
    for bounds in (1.0, 1.0), (0.0, np.inf), (2, 1):
        with pytest.raises(ValueError, match=r"`value_bounds` \(low, high\)"):
            check_bounds(bounds)


def test_mixed_value():
    mean = (0.5 * 3.0 + 0.2 * -1.0) / 0.7
    np.testing.assert_allclose(mixed_value(node()), [(2.0 + 3 * mean) / 4], rtol=1e-6)
    np.testing.assert_allclose(mixed_value(node((0, 0, 0))), [2.0])


def test_completed_values():
    mixed = float(mixed_value(node())[0])
    expected = (50.0 + 2) * 0.1 * (np.array([3.0, mixed, -1.0]) + 1.0) / 4.0
    np.testing.assert_allclose(completed_values(node())[0], expected, rtol=1e-6)
    untried = completed_values(node((0, 0, 0)), scale=1.0)
    np.testing.assert_array_equal(untried, np.zeros((1, 3)))
