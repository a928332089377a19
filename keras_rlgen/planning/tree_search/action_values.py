"""Values of actions at a node, on the scale that a selection needs."""

import tensorflow as tf


def scaled_values(node, value_bounds=None):
    """Scales action values to [0, 1], between bounds or those of node and siblings.

    Actions that were not tried get 0, the least.

    Args:
        node: `Node` of `B` trees.
        value_bounds: Pair of floats, the least and largest possible value. By default
            those of the node and its children: that suits any range of rewards, but
            where values differ by little, it makes as much of it as of a game won or
            lost, and explores less.

    Returns:
        Float32 tensor `(B, A)`.

    Reference:
        [Schrittwieser et al., 2020](https://arxiv.org/abs/1911.08265), eq. 5, with the
        least and largest value of siblings in place of the tree's.
    """
    tried, value = node.child_visits > 0, node.value[:, None]
    if value_bounds is not None:
        scaled = _between(node.action_values, value_bounds)
    else:
        values = tf.where(tried, node.action_values, value)
        scaled = _scaled(tf.concat([value, values], axis=-1))[:, 1:]
    return tf.where(tried, scaled, 0.0)


def mixed_value(node):
    """Estimates a node's value from its raw value and the values of tried actions.

    `(v + n * sum_a pi(a) q(a) / sum_a pi(a)) / (1 + n)`, sums over tried actions, `n`
    the number of visits to them.

    Args:
        node: `Node` of `B` trees.

    Returns:
        Float32 tensor `(B,)`.

    Reference:
        [Danihelka et al., 2022](https://openreview.net/forum?id=bERaNdoegnO), eq. 33.
    """
    tried = node.child_visits > 0
    policy = tf.nn.softmax(node.prior_logits)
    # A tried action whose probability has underflown still counts.
    policy = tf.where(tried, tf.maximum(policy, 1e-30), 0.0)
    values = tf.where(tried, node.action_values, 0.0)
    mean = tf.math.divide_no_nan(
        tf.reduce_sum(policy * values, axis=-1), tf.reduce_sum(policy, axis=-1)
    )
    count = tf.cast(tf.reduce_sum(node.child_visits, axis=-1), tf.float32)
    return (node.raw_value + count * mean) / (1.0 + count)


def completed_values(node, scale=0.1, visits_offset=50.0, value_bounds=None):
    """Completes and scales the values of all actions, to add to logits.

    Actions that were not tried get `mixed_value`; all are scaled to [0, 1] and
    multiplied by `(visits_offset + most visits) * scale`.

    Args:
        node: `Node` of `B` trees.
        scale: Float, `c_scale` of the paper.
        visits_offset: Float, `c_visit` of the paper.
        value_bounds: As in `scaled_values`, by default those of the completed values.

    Returns:
        Float32 tensor `(B, A)`.

    Reference:
        [Danihelka et al., 2022](https://openreview.net/forum?id=bERaNdoegnO), eq. 8.
    """
    tried = node.child_visits > 0
    values = tf.where(tried, node.action_values, mixed_value(node)[:, None])
    most = tf.cast(tf.reduce_max(node.child_visits, axis=-1, keepdims=True), tf.float32)
    if value_bounds is None:
        scaled = _scaled(values)
    else:
        scaled = _between(values, value_bounds)
    return (visits_offset + most) * scale * scaled


def check_bounds(value_bounds):
    """Returns bounds of values as floats, or `None`.

    Raises:
        ValueError: If the bounds are not finite and in order.
    """
    if value_bounds is None:
        return None
    low, high = map(float, value_bounds)
    if not -float("inf") < low < high < float("inf"):
        raise ValueError(
            "Expected finite `value_bounds` (low, high), low < high. Received: "
            f"{value_bounds!r}. Compute them with `returns.return_bounds`."
        )
    return low, high


def _scaled(values):
    least = tf.reduce_min(values, axis=-1, keepdims=True)
    most = tf.reduce_max(values, axis=-1, keepdims=True)
    return (values - least) / tf.maximum(most - least, 1e-8)


def _between(values, bounds):
    low, high = bounds
    return tf.clip_by_value((values - low) / (high - low), 0.0, 1.0)
