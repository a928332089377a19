"""Policy-gradient losses and advantages as pure functions.

Rewards, log-probabilities and advantages are float32 tensors; log-probabilities and
entropies are in nats. Advantages are constants of the loss: no gradient flows
through them.
"""

import tensorflow as tf


def policy_gradient_loss(log_probs, advantages):
    """REINFORCE: `-mean(advantage * log pi(x))`.

    Its gradient is an unbiased estimate of the gradient of `-E[reward]` where the
    advantage is the reward less a baseline that does not depend on the sample.

    Args:
        log_probs: Float tensor `(batch,)`, log-probabilities of the samples.
        advantages: Float tensor `(batch,)`.

    Returns:
        Float32 scalar.

    Raises:
        ValueError: If the two shapes differ.

    Example:

    >>> policy_gradient_loss(tf.constant([-1.0, -2.0]), tf.constant([1.0, 0.0]))
    <tf.Tensor: shape=(), dtype=float32, numpy=0.5>

    Reference:
        [Williams, 1992](https://doi.org/10.1007/BF00992696), theorem 1.
    """
    log_probs = tf.cast(log_probs, tf.float32)
    advantages = tf.cast(advantages, tf.float32)
    if not log_probs.shape.is_compatible_with(advantages.shape):
        raise ValueError(
            "Expected `log_probs` and `advantages` of the same shape (batch,). "
            f"Received: {tuple(log_probs.shape)} and {tuple(advantages.shape)}"
        )
    return -tf.reduce_mean(tf.stop_gradient(advantages) * log_probs)


def leave_one_out_baseline(rewards):
    """The mean reward of the other samples in each sample's group.

    Args:
        rewards: Float tensor `(groups, group_size)`; `group_size` at least 2.

    Returns:
        Float32 tensor `(groups, group_size)`.

    Reference:
        [Kool et al., 2019](https://openreview.net/forum?id=r1lgTGL5DE), equation 8.
    """
    rewards = tf.cast(rewards, tf.float32)
    size = tf.cast(tf.shape(rewards)[-1], tf.float32)
    total = tf.reduce_sum(rewards, axis=-1, keepdims=True)
    return (total - rewards) / (size - 1.0)


def scale_advantages(advantages, epsilon=1e-6):
    """Divides advantages by their root mean square over the batch.

    The mean is left alone: taking it away is the baseline's task. So are advantages
    of zero.

    Args:
        advantages: Float tensor `(batch,)`.
        epsilon: Float, added to the root mean square, which may be zero.

    Returns:
        Float32 tensor `(batch,)`.
    """
    advantages = tf.cast(advantages, tf.float32)
    return advantages / (tf.sqrt(tf.reduce_mean(tf.square(advantages))) + epsilon)
