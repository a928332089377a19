import functools

import tensorflow as tf


def simulated_returns(step, state, actions, seed, value=None, particles=1):
    """Computes the returns of sequences of actions in a model.

    In a model that is random, or an ensemble, each sequence is simulated several times
    (`particles`), and the mean of its returns is taken. The simulations of a sequence
    are neighbours in the batch, so that an ensemble that gives each row another member
    simulates it with as many members.

    Args:
        step: Function `step(state, action, seed)` of tensors, that returns the next
            state, the reward `(N,)`, and the discount factor `(N,)`: 0 where the
            episode has ended. `N` is `B * P * particles`.
        state: Nest of tensors `(B, ...)`, the states to start from.
        actions: Tensor `(B, P, H, ...)`: `P` sequences of `H` actions for each.
        seed: Int32 tensor `(2,)`, of which each step gets another.
        value: Function of the last states that returns their values `(N,)`, which are
            added, discounted; or `None`.
        particles: Integer >= 1, the simulations of each sequence.

    Returns:
        Float32 tensor `(B, P)`, the discounted returns.

    Reference:
        [Chua et al., 2018](https://arxiv.org/abs/1805.12114), section 5.1: of an
        ensemble that keeps the members of rows, TSinf.

    Example:

    >>> def step(state, action, seed):  # The reward is the sum of actions so far.
    ...     state += action[:, 0]
    ...     return state, state, tf.fill(state.shape, 0.5)
    >>> actions = tf.constant([[[[1.0], [1.0]], [[3.0], [-3.0]]]])
    >>> simulated_returns(step, tf.zeros(1), actions, (0, 1)).numpy().tolist()
    [[2.0, 3.0]]
    """
    population, horizon = actions.shape[1:3]
    seed = tf.convert_to_tensor(seed, tf.int32)
    repeat = functools.partial(tf.repeat, repeats=population * particles, axis=0)
    state = tf.nest.map_structure(repeat, state)
    actions = tf.reshape(actions, (-1, *actions.shape[2:]))
    if particles > 1:
        actions = tf.repeat(actions, particles, axis=0)
    zeros = tf.zeros(tf.shape(actions)[:1])

    def body(index, state, returns, weight):
        key = tf.stack([seed[0], seed[1] + index])
        following, reward, discount = step(state, actions[:, index], key)
        state = tf.nest.map_structure(
            lambda x, like: tf.ensure_shape(x, like.shape), following, state
        )
        return index + 1, state, returns + weight * reward, weight * discount

    _, state, returns, weight = tf.while_loop(
        lambda index, *_: index < horizon,
        body,
        (0, state, zeros, zeros + 1.0),
        maximum_iterations=horizon,
    )
    if value is not None:
        returns += weight * value(state)
    if particles > 1:
        returns = tf.reduce_mean(tf.reshape(returns, (-1, particles)), axis=1)
    return tf.reshape(returns, (-1, population))
