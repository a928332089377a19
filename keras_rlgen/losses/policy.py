"""Policy-gradient losses and advantages as pure functions.

Rewards, log-probabilities and advantages are float32 tensors; log-probabilities and
entropies are in nats. No gradient flows through advantages.
"""

import tensorflow as tf

from keras_rlgen.losses.masked_reductions import masked
from keras_rlgen.losses.step_aggregation import aggregate_steps
from keras_rlgen.training import replicas


def policy_gradient_loss(log_probs, advantages, mask=(), aggregation="token_mean"):
    """Computes the REINFORCE loss, `-mean(advantage * log pi(x))`.

    Its gradient is an unbiased estimate of the gradient of `-E[reward]` if the
    advantage is the reward minus a baseline that does not depend on the sample.

    With a log-probability for each element of a sample, such as a pixel or a token,
    the mean is over the elements of the whole batch. For samples of `n` elements its
    gradient is then that of whole samples divided by `n`.

    Args:
        log_probs: Float tensor `(batch,)`, log-probabilities of the samples; or
            `(batch, steps)`, of their elements, each given those before it.
        advantages: Float tensor `(batch,)`; or `(batch, steps)`, for each element.
        mask: Tensor `(batch, steps)`, true or nonzero at valid elements; `()` if all
            are valid.
        aggregation: As in `aggregate_steps`: how the losses of elements are averaged.

    Returns:
        Float32 scalar.

    Raises:
        ValueError: If the shapes do not fit each other, or `aggregation` is unknown.

    Example:

    >>> policy_gradient_loss(tf.constant([-1.0, -2.0]), tf.constant([1.0, 0.0]))
    <tf.Tensor: shape=(), dtype=float32, numpy=0.5>

    Reference:
        [Williams, 1992](https://doi.org/10.1007/BF00992696), theorem 1; the mean over
        elements: [Yu et al., 2025](https://arxiv.org/abs/2503.14476), section 3.3.
    """
    log_probs = masked(log_probs, mask)
    advantages = tf.stop_gradient(advantages_of_elements(advantages, log_probs))
    return -aggregate_steps(advantages * log_probs, mask, aggregation)


def advantages_of_elements(advantages, log_probs):
    """Reshapes advantages to broadcast with log-probabilities.

    Args:
        advantages: Float tensor `(batch,)` or `(batch, steps)`.
        log_probs: Float tensor `(batch,)` or `(batch, steps)`.

    Returns:
        Float32 tensor of the shape of `log_probs`, or `(batch, 1)`.

    Raises:
        ValueError: If the shapes do not fit each other.

    Example:

    >>> advantages_of_elements(tf.zeros(3), tf.zeros((3, 5))).shape
    TensorShape([3, 1])
    """
    advantages = tf.cast(advantages, tf.float32)
    log_probs = tf.convert_to_tensor(log_probs)
    if advantages.shape.is_compatible_with(log_probs.shape):
        return advantages
    of_samples = advantages.shape.rank == 1 and log_probs.shape.rank == 2
    if of_samples and advantages.shape.is_compatible_with(log_probs.shape[:1]):
        return advantages[:, tf.newaxis]
    raise ValueError(
        "Expected `log_probs` and `advantages` of the same shape, (batch,) or (batch, "
        "steps), or an advantage for each sample, (batch,). "
        f"Received: {tuple(log_probs.shape)} and {tuple(advantages.shape)}"
    )


def leave_one_out_baseline(rewards):
    """Computes the mean reward of the other samples in each sample's group.

    Args:
        rewards: Float tensor `(groups, group_size)`; `group_size` at least 2.

    Returns:
        Float32 tensor `(groups, group_size)`.

    Raises:
        ValueError: If the groups are of one.

    Reference:
        [Kool et al., 2019](https://openreview.net/forum?id=r1lgTGL5DE), equation 8.
    """
    rewards = tf.cast(rewards, tf.float32)
    if rewards.shape.rank == 0 or rewards.shape[-1] in (0, 1):
        raise ValueError(
            "Expected rewards of groups of two or more: the baseline is the mean of "
            f"the others. Received: shape {tuple(rewards.shape)}"
        )
    size = tf.cast(tf.shape(rewards)[-1], tf.float32)
    total = tf.reduce_sum(rewards, axis=-1, keepdims=True)
    return (total - rewards) / (size - 1.0)


def scale_advantages(advantages, epsilon=1e-6, mask=(), within_groups=False):
    """Divides advantages by their root mean square over the batch, or over a group.

    The batch is that of all replicas. The mean is not subtracted: that is the
    baseline's task. Advantages of zero stay zero.

    Args:
        advantages: Float tensor of any shape, such as `(batch,)`; `(groups, group_size,
            ...)` within groups.
        epsilon: Float, added to the root mean square, which may be zero.
        mask: Tensor of the shape of `advantages`, true or nonzero at the elements that
            the mean is over; `()` for all.
        within_groups: Whether the mean is over each group instead of the batch.

    Returns:
        Float32 tensor of the shape of `advantages`.

    Example:

    >>> scale_advantages([[3.0, -3.0], [1.0, -1.0]], 0.0, within_groups=True).numpy()
    array([[ 1., -1.],
           [ 1., -1.]], dtype=float32)
    """
    advantages = tf.cast(advantages, tf.float32)
    axes = list(range(1 if within_groups else 0, advantages.shape.rank))
    if isinstance(mask, tuple):
        mean_square = tf.reduce_mean(tf.square(advantages), axes, keepdims=True)
    else:
        valid = tf.cast(tf.cast(mask, tf.bool), tf.float32)
        squares = tf.reduce_sum(valid * tf.square(advantages), axes, keepdims=True)
        count = tf.reduce_sum(valid, axes, keepdims=True)
        mean_square = tf.math.divide_no_nan(squares, count)
    if not within_groups:
        weight = None if isinstance(mask, tuple) else tf.reduce_sum(valid)
        mean_square = replicas.mean(mean_square, weight)
    return advantages / (tf.sqrt(mean_square) + epsilon)
