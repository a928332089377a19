"""Rules by which a search chooses the action to follow at a node."""

import math

import tensorflow as tf

from keras_rlgen.planning.tree_search.action_values import (
    completed_values,
    scaled_values,
)

SQRT_2 = math.sqrt(2.0)


def upper_confidence_bound(node, exploration=SQRT_2, value_bounds=None):
    """Chooses by the upper confidence bound of the values: UCT.

    `q(a) + c * sqrt(log n / n(a))`, `q` scaled to [0, 1]. Actions that were not tried
    come first, those with the largest prior before others.

    Args:
        node: `Node` of `B` trees.
        exploration: Float, `c`.
        value_bounds: As in `scaled_values`.

    Returns:
        Int32 tensor `(B,)`.

    Reference:
        [Kocsis & Szepesvari, 2006](https://doi.org/10.1007/11871842_29), section 2.
    """
    tried = node.child_visits > 0
    count = tf.cast(node.child_visits, tf.float32)
    log_visits = tf.math.log(tf.cast(node.visits, tf.float32))[:, None]
    bonus = exploration * tf.sqrt(log_visits / tf.maximum(count, 1.0))
    # Priors are ranked below any number of visits: 1e6 and a probability.
    first = 1e6 + tf.nn.softmax(node.prior_logits)
    score = tf.where(tried, scaled_values(node, value_bounds) + bonus, first)
    return _best_allowed(score, node.prior_logits)


def prior_upper_confidence_bound(node, first=1.25, base=19652.0, value_bounds=None):
    """Chooses by values and the prior policy: PUCT.

    `q(a) + p(a) * sqrt(n) / (1 + n(a)) * (c1 + log((n + c2 + 1) / c2))`, with `n` the
    visits of all actions, `q` scaled to [0, 1].

    Args:
        node: `Node` of `B` trees.
        first: Float, `c1`.
        base: Float, `c2`.
        value_bounds: As in `scaled_values`.

    Returns:
        Int32 tensor `(B,)`.

    Reference:
        [Schrittwieser et al., 2020](https://arxiv.org/abs/1911.08265), eq. 2.
    """
    count = tf.cast(node.child_visits, tf.float32)
    visits = tf.cast(node.visits, tf.float32)[:, None]
    weight = first + tf.math.log((visits + base + 1.0) / base)
    prior = tf.nn.softmax(node.prior_logits)
    bonus = weight * prior * tf.sqrt(visits) / (1.0 + count)
    score = scaled_values(node, value_bounds) + bonus
    return _best_allowed(score, node.prior_logits)


def improved_policy_match(node, scale=0.1, visits_offset=50.0, value_bounds=None):
    """Chooses so that visits approach the improved policy, without noise.

    The action with the largest `pi'(a) - n(a) / (1 + n)`, with `pi'` the softmax of
    prior logits and completed values.

    Args:
        node: `Node` of `B` trees.
        scale: As in `completed_values`.
        visits_offset: As in `completed_values`.
        value_bounds: As in `completed_values`.

    Returns:
        Int32 tensor `(B,)`.

    Reference:
        [Danihelka et al., 2022](https://openreview.net/forum?id=bERaNdoegnO), eq. 14.
    """
    values = completed_values(node, scale, visits_offset, value_bounds)
    logits = node.prior_logits + values
    count = tf.cast(node.child_visits, tf.float32)
    total = tf.reduce_sum(count, axis=-1, keepdims=True)
    score = tf.nn.softmax(logits) - count / (1.0 + total)
    return _best_allowed(score, node.prior_logits)


def scheduled_action(node, score, tried):
    """Chooses the best of the actions that were tried a given number of times.

    Args:
        node: `Node` of `B` trees.
        score: Float32 tensor `(B, A)`.
        tried: Int32 tensor `(B,)`.

    Returns:
        Int32 tensor `(B,)`.
    """
    is_due = node.child_visits == tried[:, None]
    # Where none is due, as when fewer are allowed than considered, any may be chosen.
    is_due = is_due | ~tf.reduce_any(
        is_due & tf.math.is_finite(node.prior_logits), axis=-1, keepdims=True
    )
    return _best_allowed(tf.where(is_due, score, -1e9), node.prior_logits)


def _best_allowed(score, prior_logits):
    allowed = tf.math.is_finite(prior_logits)
    return tf.argmax(
        tf.where(allowed, score, -float("inf")), axis=-1, output_type=tf.int32
    )
