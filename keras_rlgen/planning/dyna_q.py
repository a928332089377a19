"""Q-learning with a table, and planning by a learned table of outcomes: Dyna-Q.

`B` is the number of independent tables, which are updated together; `S` and `A` are
the numbers of states and actions. Everything is a pure function of tensors and compiles
with XLA.
"""

from typing import NamedTuple

import tensorflow as tf

from keras_rlgen.training.stateless_random import integers, validated_seed


class DynaTables(NamedTuple):
    """Action values, and a model of the environment that was learned beside them."""

    action_values: tf.Tensor  # (B, S, A) float32
    reward: tf.Tensor  # (B, S, A) float32, last one seen
    discount: tf.Tensor  # (B, S, A) float32, last one seen, 0 where the episode ended
    next_state: tf.Tensor  # (B, S, A) int32, last one seen
    pairs: tf.Tensor  # (B, S * A) int32, `state * A + action` in order of first visit
    num_pairs: tf.Tensor  # (B,) int32, the number of different pairs visited


class TabularStep(NamedTuple):
    """One step of each of `B` environments."""

    state: tf.Tensor  # (B,) int32
    action: tf.Tensor  # (B,) int32
    reward: tf.Tensor  # (B,) float32
    discount: tf.Tensor  # (B,) float32, gamma, and 0 where the episode terminated
    next_state: tf.Tensor  # (B,) int32


def dyna_tables(batch_size, num_states, num_actions):
    """Returns tables of zeros, in which no pair was visited.

    Args:
        batch_size: Integer `B`.
        num_states: Integer `S`.
        num_actions: Integer `A`.
    """
    zeros = tf.zeros((batch_size, num_states, num_actions))
    indices = tf.zeros(zeros.shape, tf.int32)
    pairs = tf.zeros((batch_size, num_states * num_actions), tf.int32)
    return DynaTables(zeros, zeros, zeros, indices, pairs, pairs[:, 0])


def q_update(action_values, step, learning_rate, active=None):
    """Updates the value of one pair of each table by Q-learning.

    `Q(s, a) <- Q(s, a) + alpha * (r + d * max_a' Q(s', a') - Q(s, a))`.

    Args:
        action_values: Float32 tensor `(B, S, A)`.
        step: `TabularStep`.
        learning_rate: Float in (0, 1], `alpha`.
        active: Bool tensor `(B,)`: which tables are updated. By default all.

    Returns:
        Float32 tensor `(B, S, A)`.

    Reference:
        [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
        equation 6.8.

    Example:

    >>> step = TabularStep(*map(tf.constant, ([0], [1], [1.0], [0.5], [1])))
    >>> q_update(tf.constant([[[0.0, 0.0], [4.0, 2.0]]]), step, 0.5).numpy().tolist()
    [[[0.0, 1.5], [4.0, 2.0]]]
    """
    following = tf.gather(action_values, step.next_state, batch_dims=1)
    target = step.reward + step.discount * tf.reduce_max(following, axis=-1)
    edge = _edge(step.state, step.action)
    old = tf.gather_nd(action_values, edge)
    new = old + learning_rate * (target - old)
    if active is not None:
        new = tf.where(active, new, old)
    return tf.tensor_scatter_nd_update(action_values, edge, new)


def remember(tables, step, active=None):
    """Stores a step in the model of each table.

    Args:
        tables: `DynaTables`.
        step: `TabularStep`.
        active: Bool tensor `(B,)`: which tables are updated. By default all.

    Returns:
        `DynaTables` of the same action values.
    """
    edge = _edge(step.state, step.action)
    if active is None:
        active = tf.ones(tf.shape(step.state), tf.bool)

    def stored(table, new):
        new = tf.where(active, new, tf.gather_nd(table, edge))
        return tf.tensor_scatter_nd_update(table, edge, new)

    num_actions = tables.action_values.shape[2]
    pair = step.state * num_actions + step.action
    ranks = tf.range(tables.pairs.shape[1])
    visited = (tables.pairs == pair[:, None]) & (ranks < tables.num_pairs[:, None])
    is_new = active & ~tf.reduce_any(visited, axis=-1)
    here = is_new[:, None] & (ranks == tables.num_pairs[:, None])
    return tables._replace(
        reward=stored(tables.reward, step.reward),
        discount=stored(tables.discount, step.discount),
        next_state=stored(tables.next_state, step.next_state),
        pairs=tf.where(here, pair[:, None], tables.pairs),
        num_pairs=tables.num_pairs + tf.cast(is_new, tf.int32),
    )


def plan(tables, num_steps, learning_rate, seed, active=None):
    """Updates action values by steps of the learned model.

    Each step is one of `q_update`, of a pair sampled uniformly from those visited, and
    of its last outcome.

    Args:
        tables: `DynaTables` with at least one visited pair where `active`.
        num_steps: Integer >= 0.
        learning_rate: Float in (0, 1].
        seed: Int32 tensor `(2,)`.
        active: Bool tensor `(B,)`: which tables are updated. By default all.

    Returns:
        `DynaTables` of other action values.

    Reference:
        [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
        section 8.2, step (f) of tabular Dyna-Q.
    """
    if not num_steps:
        return tables
    batch, num_actions = tables.pairs.shape[0], tables.action_values.shape[2]
    # Remainders of large integers: the bias is below 1e-6 for tables of any use.
    chances = integers((num_steps, batch), validated_seed(seed), 2**31 - 1)
    ranks = chances % tf.maximum(tables.num_pairs, 1)

    def update(index, action_values):
        rank = tf.gather(ranks, index)
        pair = tf.gather(tables.pairs, rank, batch_dims=1)
        state, action = pair // num_actions, pair % num_actions
        edge = _edge(state, action)
        outcome = (
            tf.gather_nd(table, edge)
            for table in (tables.reward, tables.discount, tables.next_state)
        )
        step = TabularStep(state, action, *outcome)
        return index + 1, q_update(action_values, step, learning_rate, active)

    _, action_values = tf.while_loop(
        lambda index, _: index < num_steps,
        update,
        (tf.constant(0), tables.action_values),
        maximum_iterations=num_steps,
    )
    return tables._replace(action_values=action_values)


def greedy_actions(action_values, state, seed):
    """Chooses the best actions, at random among equally good ones.

    Args:
        action_values: Float32 tensor `(B, S, A)`.
        state: Int32 tensor `(B,)`.
        seed: Int32 tensor `(2,)`.

    Returns:
        Int32 tensor `(B,)`.
    """
    values = tf.gather(action_values, state, batch_dims=1)
    order = integers(tf.shape(values), validated_seed(seed), 2**24)
    is_best = values == tf.reduce_max(values, axis=-1, keepdims=True)
    return tf.argmax(tf.where(is_best, order, -1), axis=-1, output_type=tf.int32)


def _edge(state, action):
    tables = tf.range(tf.shape(state)[0])
    return tf.stack([tables, state, action], axis=-1)
