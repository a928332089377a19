"""Regression targets for the values of categorical latents' codes."""

import tensorflow as tf


def code_value_targets(rewards, codes, q_values, temperature):
    """Computes the regression target for the value of each chosen code.

    The latents are a team of agents that acts once and shares a reward. The value of
    code `a` of latent `i` is its mean reward under the current policy of the others,
    `Q_i(x, a) = E[r | z_i = a]`. The reward itself is an unbiased target, but noisy
    because of the other latents' codes. So their advantages under a target network are
    subtracted:

    ```
    y_i = r - sum_(j != i) A_j(x, z_j)
    A_j(x, a) = Q_j(x, a) - sum_b pi_j(b | x) Q_j(x, b),   pi_j = softmax(Q_j / t)
    ```

    An advantage has mean zero under `pi_j`. If codes are sampled from `pi`,
    independently for each latent, it changes the variance of the target but not its
    mean, whatever the target network's values.

    Args:
        rewards: Float tensor `(batch,)`.
        codes: One-hot float tensor `(batch, num_latents, num_codes)`, as chosen.
        q_values: Float tensor of that shape, from the target network.
        temperature: Float > 0, in the unit of the rewards.

    Returns:
        Float32 tensor `(batch, num_latents)`, without gradient.

    Example:

    >>> codes = tf.constant([[[1.0, 0.0], [0.0, 1.0]]])
    >>> q_values = tf.constant([[[0.0, 0.0], [0.0, 2.0]]])
    >>> code_value_targets(tf.constant([3.0]), codes, q_values, 1e-3).numpy()
    array([[3., 3.]], dtype=float32)

    Reference:
        Values of a team as a sum over its members, as in
        [Sunehag et al., 2018](https://arxiv.org/abs/1706.05296), equation 1. The
        fixed point `softmax(Q_i / t)` is the coordinate-wise optimum of mean-field
        inference, [Blei et al., 2017](https://arxiv.org/abs/1601.00670), equation 17.
    """
    rewards, codes, q_values = (
        tf.cast(t, tf.float32) for t in (rewards, codes, q_values)
    )
    policy = tf.nn.softmax(q_values / temperature)
    means = tf.reduce_sum(policy * q_values, axis=-1)
    advantages = tf.reduce_sum(codes * q_values, axis=-1) - means
    of_others = tf.reduce_sum(advantages, axis=-1, keepdims=True) - advantages
    return tf.stop_gradient(rewards[:, None] - of_others)
