import numpy as np
import tensorflow as tf

from keras_rlgen.planning.tree_search import ModelOutput, root_output
from keras_rlgen.planning.tree_search.search_tree import NO_CHILD, new_tree, node_at
from keras_rlgen.planning.tree_search.simulation import back_up, descend, expand


def grown():
    """Returns two trees of three nodes, a chain and a fork, and the actions."""

    def step(state, action, seed):
        reward = tf.cast(action, tf.float32) + 1.0
        count = tf.fill((2,), 0.5)
        return ModelOutput(state + 1, reward, count, tf.zeros((2, 2)), 10.0 * reward)

    tree = new_tree(
        root_output(tf.constant([0, 5]), tf.zeros((2, 2)), tf.constant([4.0, 8.0])), 3
    )
    edges = [([0, 0], [1, 0]), ([1, 0], [0, 1])]
    for index, (parent, action) in enumerate(edges, start=1):
        parent, action = tf.constant(parent), tf.constant(action)
        tree = back_up(expand(tree, index, parent, action, step, (0, 1)), index)
    return tree


def test_backing_up_by_hand():
    tree = grown()
    # Chain: root -(1, reward 2)-> 20, -(0, reward 1)-> 10.
    inner = (20.0 + (1.0 + 0.5 * 10.0)) / 2.0
    returns = 2.0 + 0.5 * 20.0, 2.0 + 0.5 * (1.0 + 0.5 * 10.0)
    np.testing.assert_allclose(tree.value[:3, 0], [(4 + sum(returns)) / 3, inner, 10.0])
    # Fork: root -(0, reward 1)-> 10, root -(1, reward 2)-> 20.
    np.testing.assert_allclose(tree.value[:3, 1], [(8 + 6 + 12) / 3, 10.0, 20.0])
    np.testing.assert_array_equal(tree.visits, [[3, 3], [2, 1], [1, 1], [0, 0]])
    np.testing.assert_array_equal(tree.child_visits[0], [[0, 2], [1, 1]])
    np.testing.assert_array_equal(tree.state[:3], [[0, 5], [1, 6], [2, 6]])
    root = node_at(tree, tf.zeros((2,), tf.int32))
    expected = [[0.0, 2.0 + 0.5 * inner], [6.0, 12.0]]
    np.testing.assert_allclose(root.action_values, expected)
    np.testing.assert_array_equal(root.child, [[NO_CHILD, 1], [1, 2]])


def test_nothing_is_searched_below_the_end_of_an_episode():
    def step(state, action, seed):
        reward = tf.cast(seed[1:], tf.float32)  # Other in the second simulation.
        zeros = tf.zeros((1,))
        return ModelOutput(state + 1, reward, zeros, tf.zeros((1, 2)), zeros + 7.0)

    root = root_output(tf.constant([0]), tf.zeros((1, 2)), tf.zeros((1,)))
    tree = new_tree(root, 3)
    for index in 1, 2, 3:
        node, action = descend(
            tree, tf.constant([1]), lambda node: tf.zeros((1,), tf.int32)
        )
        assert int(node[0]) == 0 and int(action[0]) == 1
        tree = back_up(expand(tree, index, node, action, step, (0, index)), index)
    # The reward stays as it was first seen, and the edge counts all visits.
    np.testing.assert_array_equal(tree.child[0], [[NO_CHILD, 1]])
    np.testing.assert_array_equal(tree.child_visits[0], [[0, 3]])
    np.testing.assert_array_equal(tree.child_reward[0], [[0.0, 1.0]])
    np.testing.assert_allclose(tree.value[0], [0.75])
    root = node_at(tree, tf.zeros((1,), tf.int32))
    np.testing.assert_array_equal(root.child, [[NO_CHILD, NO_CHILD]])


def test_descending_stops_at_edges_without_a_child():
    tree = grown()
    node, action = descend(
        tree, tf.constant([1, 1]), lambda node: tf.zeros((2,), tf.int32)
    )
    np.testing.assert_array_equal(node, [2, 2])
    np.testing.assert_array_equal(action, [0, 0])
    node, action = descend(
        tree, tf.constant([0, 0]), lambda node: tf.ones((2,), tf.int32)
    )
    np.testing.assert_array_equal(node, [0, 1])
    np.testing.assert_array_equal(action, [0, 1])
