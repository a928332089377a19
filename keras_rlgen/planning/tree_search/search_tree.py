"""Batched search trees as tensors of a fixed size."""

from typing import Any, NamedTuple

import tensorflow as tf

NO_CHILD = -1


class SearchTree(NamedTuple):
    """`B` trees of up to `N + 1` nodes, with `A` actions. Node 0 is the root.

    There is nothing below the end of an episode, an edge of discount 0: a simulation
    that gets there again visits the edge, and its own node is one that no edge leads
    to.
    """

    state: Any  # nest of tensors (N + 1, B, ...)
    visits: tf.Tensor  # (N + 1, B) int32
    value: tf.Tensor  # (N + 1, B) float32, mean return of all visits
    raw_value: tf.Tensor  # (N + 1, B) float32, as the model gave it
    parent: tf.Tensor  # (N + 1, B) int32
    parent_action: tf.Tensor  # (N + 1, B) int32, the action that led here
    child: tf.Tensor  # (N + 1, B, A) int32, `NO_CHILD` where there is none
    prior_logits: tf.Tensor  # (N + 1, B, A) float32
    child_visits: tf.Tensor  # (N + 1, B, A) int32
    child_reward: tf.Tensor  # (N + 1, B, A) float32
    child_discount: tf.Tensor  # (N + 1, B, A) float32
    child_value: tf.Tensor  # (N + 1, B, A) float32


class Node(NamedTuple):
    """One node of each of `B` trees."""

    visits: tf.Tensor  # (B,) int32
    value: tf.Tensor  # (B,) float32
    raw_value: tf.Tensor  # (B,) float32
    child: tf.Tensor  # (B, A) int32, `NO_CHILD` also where the episode ends
    prior_logits: tf.Tensor  # (B, A) float32
    child_visits: tf.Tensor  # (B, A) int32
    action_values: tf.Tensor  # (B, A) float32, reward + discount * value of the child


def new_tree(root, num_simulations):
    """Returns trees of a root each.

    Args:
        root: `ModelOutput` of `B` states; its reward and discount are not used.
        num_simulations: Integer `N`.
    """
    nodes = num_simulations + 1

    def first(values, rest=0):
        shape = tf.concat([[nodes], tf.shape(values)], axis=0)
        empty = tf.ensure_shape(
            tf.fill(shape, tf.cast(rest, values.dtype)), [nodes, *values.shape]
        )
        return write(empty, 0, values)

    edges = tf.zeros_like(root.prior_logits)
    no_index = tf.fill(tf.shape(root.value), NO_CHILD)
    return SearchTree(
        state=tf.nest.map_structure(first, root.state),
        visits=first(tf.ones_like(root.value, tf.int32)),
        value=first(root.value),
        raw_value=first(root.value),
        parent=first(no_index, NO_CHILD),
        parent_action=first(no_index, NO_CHILD),
        child=first(tf.fill(tf.shape(edges), NO_CHILD), NO_CHILD),
        prior_logits=first(root.prior_logits),
        child_visits=first(tf.cast(edges, tf.int32)),
        child_reward=first(edges),
        child_discount=first(edges),
        child_value=first(edges),
    )


def node_at(tree, index):
    """Returns a node of each tree.

    Args:
        tree: `SearchTree`.
        index: Int32 tensor `(B,)`.
    """
    rows = _rows(tree, index)

    def at(values):
        flat = tf.reshape(values, (-1, *values.shape[2:]))
        return tf.gather(flat, rows)

    discount = at(tree.child_discount)
    return Node(
        visits=at(tree.visits),
        value=at(tree.value),
        raw_value=at(tree.raw_value),
        child=tf.where(discount == 0.0, NO_CHILD, at(tree.child)),
        prior_logits=at(tree.prior_logits),
        child_visits=at(tree.child_visits),
        action_values=at(tree.child_reward) + discount * at(tree.child_value),
    )


def state_at(tree, index):
    """Returns the states of a node of each tree, a nest of tensors `(B, ...)`."""
    rows = _rows(tree, index)
    return tf.nest.map_structure(
        lambda x: tf.gather(tf.reshape(x, (-1, *x.shape[2:])), rows), tree.state
    )


def write(values, index, row):
    """Returns `(nodes, ...)` values with another row at a scalar index."""
    return tf.tensor_scatter_nd_update(values, [[index]], row[None])


def _rows(tree, index):
    batch = tf.shape(tree.visits)[1]
    return index * batch + tf.range(batch)
