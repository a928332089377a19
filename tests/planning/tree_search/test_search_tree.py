import numpy as np
import tensorflow as tf

from keras_rlgen.planning.tree_search import root_output
from keras_rlgen.planning.tree_search.search_tree import (
    NO_CHILD,
    new_tree,
    node_at,
    state_at,
    write,
)


def test_a_new_tree_has_a_root_alone():
    state = {"x": tf.constant([[1.0, 2.0], [3.0, 4.0]])}
    logits, value = tf.constant([[0.5, 1.5, 2.5]] * 2), tf.constant([7.0, 8.0])
    tree = new_tree(root_output(state, logits, value), num_simulations=4)
    np.testing.assert_array_equal(tree.visits, [[1, 1]] + [[0, 0]] * 4)
    assert tree.child.shape == (5, 2, 3) and (tree.child.numpy() == NO_CHILD).all()
    root = node_at(tree, tf.constant([0, 0]))
    np.testing.assert_array_equal(root.prior_logits, logits)
    np.testing.assert_array_equal(root.value, value)
    np.testing.assert_array_equal(root.raw_value, value)
    np.testing.assert_array_equal(state_at(tree, tf.constant([0, 0]))["x"], state["x"])
    np.testing.assert_array_equal(state_at(tree, tf.constant([0, 1]))["x"][1], [0, 0])


def test_write():
    written = write(tf.zeros((3, 2)), tf.constant(1), tf.constant([5.0, 6.0]))
    np.testing.assert_array_equal(written, [[0, 0], [5, 6], [0, 0]])
