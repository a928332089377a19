"""One simulation of tree search: selection, expansion, and backing up."""

import tensorflow as tf

from keras_rlgen.planning.tree_search.search_tree import (
    NO_CHILD,
    node_at,
    state_at,
    write,
)


def descend(tree, root_action, select):
    """Follows selected actions from the root to an edge without a child, or an end.

    Args:
        tree: `SearchTree` of `B` trees.
        root_action: Int32 tensor `(B,)`.
        select: Function of a `Node` that returns actions, int32 `(B,)`.

    Returns:
        A pair of int32 tensors `(B,)`: the node, and the action without a child there,
        or which ends the episode.
    """

    def child_of(node, action):
        return tf.gather(node_at(tree, node).child, action, batch_dims=1)

    def step(node, action, child):
        active = child != NO_CHILD
        node = tf.where(active, child, node)
        here = node_at(tree, node)
        action = tf.where(active, select(here), action)
        child = tf.gather(here.child, action, batch_dims=1)
        return node, action, tf.where(active, child, NO_CHILD)

    root = tf.zeros_like(root_action)
    node, action, _ = tf.while_loop(
        lambda node, action, child: tf.reduce_any(child != NO_CHILD),
        step,
        (root, root_action, child_of(root, root_action)),
        maximum_iterations=tree.visits.shape[0],
    )
    return node, action


def expand(tree, index, parent, action, step, seed):
    """Adds a node to each tree.

    An edge that has a child, as the end of an episode may, keeps it, and its reward.

    Args:
        tree: `SearchTree`.
        index: Int32 scalar, the index of the new nodes.
        parent: Int32 tensor `(B,)`.
        action: Int32 tensor `(B,)`.
        step: Function of states, actions and a seed that returns `ModelOutput`.
        seed: Int32 tensor `(2,)`.

    Returns:
        `SearchTree`, in which the new nodes are not visited yet.
    """
    output = step(state_at(tree, parent), action, seed)
    edge = _edge(tree, parent, action)
    is_new = tf.gather_nd(tree.child, edge) == NO_CHILD

    def set_if_new(values, new):
        return _set(values, edge, tf.where(is_new, new, tf.gather_nd(values, edge)))

    return tree._replace(
        state=tf.nest.map_structure(
            lambda values, row: write(values, index, row), tree.state, output.state
        ),
        value=write(tree.value, index, output.value),
        raw_value=write(tree.raw_value, index, output.value),
        parent=write(tree.parent, index, parent),
        parent_action=write(tree.parent_action, index, action),
        prior_logits=write(tree.prior_logits, index, output.prior_logits),
        child=set_if_new(tree.child, tf.fill(tf.shape(action), index)),
        child_reward=set_if_new(tree.child_reward, output.reward),
        child_discount=set_if_new(tree.child_discount, output.discount),
    )


def back_up(tree, index):
    """Adds a visit with the value of a new node to it and to all nodes above it.

    Args:
        tree: `SearchTree`.
        index: Int32 scalar, the index of the new nodes.
    """
    node = tf.fill(tf.shape(tree.visits)[1:], index)
    visits = write(tree.visits, index, tf.ones_like(node))
    lanes = _lanes(tree)

    def is_below_root(node, *_):
        return tf.reduce_any(node > 0)

    def up(node, returns, value_of_node, visits, value, child_visits, child_value):
        active = node > 0
        here = tf.stack([node, lanes], axis=-1)
        parent = tf.where(active, tf.gather_nd(tree.parent, here), 0)
        action = tf.where(active, tf.gather_nd(tree.parent_action, here), 0)
        edge = _edge(tree, parent, action)
        at_parent = tf.stack([parent, lanes], axis=-1)
        reward, discount = (
            tf.gather_nd(x, edge) for x in (tree.child_reward, tree.child_discount)
        )
        returns = tf.where(active, reward + discount * returns, returns)
        # Where the root is reached, everything keeps its value.
        count, mean = tf.gather_nd(visits, at_parent), tf.gather_nd(value, at_parent)
        added = tf.cast(active, tf.int32)
        change = (returns - mean) / tf.cast(count + 1, tf.float32)
        mean = tf.where(active, mean + change, mean)
        of_edge = tf.gather_nd(child_value, edge)
        child_value = _set(child_value, edge, tf.where(active, value_of_node, of_edge))
        child_visits = _set(
            child_visits, edge, tf.gather_nd(child_visits, edge) + added
        )
        visits = _set(visits, at_parent, count + added)
        value = _set(value, at_parent, mean)
        return parent, returns, mean, visits, value, child_visits, child_value

    start = tf.gather(tree.value, index)
    tables = visits, tree.value, tree.child_visits, tree.child_value
    *_, visits, value, child_visits, child_value = tf.while_loop(
        is_below_root,
        up,
        (node, start, start, *tables),
        maximum_iterations=tree.visits.shape[0],
    )
    return tree._replace(
        visits=visits, value=value, child_visits=child_visits, child_value=child_value
    )


def _edge(tree, node, action):
    return tf.stack([node, _lanes(tree), action], axis=-1)


def _lanes(tree):
    return tf.range(tf.shape(tree.visits)[1])


def _set(values, indices, updates):
    return tf.tensor_scatter_nd_update(values, indices, updates)
