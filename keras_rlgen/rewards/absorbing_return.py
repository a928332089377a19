import tensorflow as tf


def absorbing_return(reward, absorbing_reward, terminated, gamma):
    """Adds to the reward of a termination the return of the absorbing state after it.

        r + gamma * r_absorbing / (1 - gamma)

    An agent does not bootstrap from what follows a termination. With this reward its
    target is that of an episode that goes on forever in a state with the reward
    `r_absorbing`.

    Args:
        reward: Float32 tensor `(batch,)`.
        absorbing_reward: Float32 tensor `()` or `(batch,)`, of a step in the absorbing
            state.
        terminated: Bool tensor `(batch,)`. A truncation is no termination.
        gamma: Float in [0, 1), the agent's discount factor of an environment step.

    Returns:
        Float32 tensor `(batch,)`.

    Example:

    >>> absorbing_return(tf.ones((2,)), -1.0, tf.constant([False, True]), 0.9).numpy()
    array([ 1., -8.], dtype=float32)

    Reference:
        [Kostrikov et al., 2019](https://arxiv.org/abs/1809.02925), section 4.
    """
    forever = gamma / (1.0 - gamma) * absorbing_reward
    return reward + tf.where(terminated, forever, 0.0)
