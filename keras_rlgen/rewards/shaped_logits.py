import tensorflow as tf


def shaped_logits(logits, potential, next_potential, terminated, gamma):
    """Computes the shaped logits of a discriminator: `g + gamma * h(s') - h(s)`.

    The potential of what follows a termination is 0.

    Args:
        logits: Float32 tensor `(batch,)`, `g(s, a)`.
        potential: Float32 tensor `(batch,)`, `h(s)`.
        next_potential: Float32 tensor `(batch,)`, `h(s')`.
        terminated: Float32 tensor `(batch,)`, 1 where the episode terminated, else 0.
        gamma: Float, the agent's discount factor of an environment step.

    Returns:
        Float32 tensor `(batch,)`, `f(s, a, s')`.

    Example:

    >>> zeros, ones = tf.zeros((2,)), tf.ones((2,))
    >>> shaped_logits(zeros, ones, 2.0 * ones, tf.constant([0.0, 1.0]), 0.5).numpy()
    array([ 0., -1.], dtype=float32)

    Reference:
        [Fu et al., 2018](https://arxiv.org/abs/1710.11248), section 6.
    """
    # A potential is not learned from the derivative with respect to an end.
    alive = tf.stop_gradient(1.0 - terminated)
    return logits + gamma * alive * next_potential - potential
