"""How the losses of steps become the loss of a batch."""

import tensorflow as tf

from keras_rlgen.losses.masked_reductions import masked, masked_mean

AGGREGATIONS = ("token_mean", "sequence_mean", "constant")


def aggregate_steps(values, mask=(), aggregation="token_mean"):
    """Computes the mean of the values of steps, in one of three ways.

    - `"token_mean"`: the mean over all valid steps of the batch. Every step has the
      same weight, longer samples have more (DAPO).
    - `"sequence_mean"`: the mean over samples of the mean over their valid steps. Every
      sample has the same weight, so that a step of a longer sample has less (GRPO).
    - `"constant"`: the sum divided by `batch * steps`, padding included. Every step has
      the same weight, and the loss does not depend on the lengths in the batch (Dr.
      GRPO, whose constant is the longest length as well).

    Args:
        values: Float tensor `(batch, steps)`; or `(batch,)`, one for each sample,
            whose mean is returned.
        mask: Tensor `(batch, steps)`, true or nonzero at valid steps; `()` if all are
            valid.
        aggregation: String, one of the three.

    Returns:
        Float32 scalar.

    Raises:
        ValueError: If `aggregation` is unknown, or the shapes do not fit.

    Example:

    >>> values = tf.constant([[1.0, 2.0, 3.0], [6.0, 9.0, 9.0]])
    >>> mask = tf.constant([[1, 1, 1], [1, 0, 0]])
    >>> [float(aggregate_steps(values, mask, kind)) for kind in AGGREGATIONS]
    [3.0, 4.0, 2.0]

    Reference:
        [Yu et al., 2025](https://arxiv.org/abs/2503.14476), section 3.3;
        [Shao et al., 2024](https://arxiv.org/abs/2402.03300), equation 3;
        [Liu et al., 2025](https://arxiv.org/abs/2503.20783), section 3.2.
    """
    check_aggregation(aggregation)
    if aggregation == "token_mean":
        return masked_mean(values, mask)
    values = masked(values, mask)
    if aggregation == "constant" or values.shape.rank == 1 or isinstance(mask, tuple):
        return tf.reduce_mean(values)
    return tf.reduce_mean(
        tf.math.divide_no_nan(tf.reduce_sum(values, axis=-1), lengths(values, mask))
    )


def lengths(values, mask=()):
    """Returns the number of valid steps of each sample.

    Args:
        values: Tensor `(batch, steps)`.
        mask: As in `aggregate_steps`.

    Returns:
        Float32 tensor `(batch,)`.

    Example:

    >>> lengths(tf.zeros((2, 3)), tf.constant([[1, 1, 1], [1, 0, 0]])).numpy()
    array([3., 1.], dtype=float32)
    """
    if isinstance(mask, tuple):
        mask = tf.ones_like(values)
    return tf.reduce_sum(tf.cast(tf.cast(mask, tf.bool), tf.float32), axis=-1)


def check_aggregation(aggregation):
    """Raises `ValueError` if `aggregation` is none of `AGGREGATIONS`."""
    if aggregation not in AGGREGATIONS:
        raise ValueError(
            f"Expected `aggregation` in {list(AGGREGATIONS)}. Received: {aggregation!r}"
        )
