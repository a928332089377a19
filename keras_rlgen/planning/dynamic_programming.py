"""Dynamic programming for Markov decision processes small enough for a table.

With `S` states and `A` actions, a process is given by

- `transitions`: `p(s' | s, a)`, shape `(S, A, S)`, each row a distribution;
- `rewards`: `r(s, a)`, shape `(S, A)`, the expected reward;
- `discount`: `gamma` in [0, 1].

A terminal state leads to itself with reward 0. With `discount=1` values are finite only
if such a state is always reached: under the policy evaluated, or, to optimize, under
the uniform policy, with negative rewards in all other states.

Sweeps run in float64 until the largest change of a value is small enough: for
`discount < 1`, until values are within `tolerance` of the exact ones; for `discount=1`,
which has no such bound, until a sweep changes no value by more than `tolerance`. After
`max_sweeps` they stop with `converged` false.

Everything runs in a graph and compiles with XLA. Transitions and policies must be
distributions, and rewards finite; this is checked where values are known, which outside
a `tf.function` is always.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number


class TabularSolution(NamedTuple):
    """A policy and its values, for `S` states and `A` actions."""

    values: tf.Tensor  # (S,) float32, expected return from each state
    action_values: tf.Tensor  # (S, A) float32, of one action, then following the policy
    policy: tf.Tensor  # (S, A) float32, probability of each action
    converged: tf.Tensor  # () bool, whether `tolerance` was reached


def policy_evaluation(
    transitions, rewards, policy, discount, tolerance=1e-6, max_sweeps=100_000
):
    """Computes the value of each state under a policy.

    Repeats `v(s) <- sum_a pi(a | s) * (r(s, a) + gamma * sum_s' p(s' | s, a) * v(s'))`
    for all states at once, from 0.

    Args:
        transitions: Float tensor `(S, A, S)`.
        rewards: Float tensor `(S, A)`.
        policy: Float tensor `(S, A)`, the probability of each action.
        discount: Float in [0, 1].
        tolerance: Float > 0, in units of the reward.
        max_sweeps: Integer >= 1, maximum number of sweeps over the states.

    Returns:
        `TabularSolution` of `policy`.

    Raises:
        ValueError: If a shape does not fit, an argument is out of its range,
            `transitions` or `policy` does not hold distributions, or a reward is not
            finite.

    Reference:

    - [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
      equation 4.5.

    Example:

    >>> transitions = [[[0.5, 0.5]], [[0.0, 1.0]]]  # one action; state 1 is terminal
    >>> rewards = [[-1.0], [0.0]]
    >>> solution = policy_evaluation(transitions, rewards, [[1.0], [1.0]], discount=1.0)
    >>> solution.values.numpy().round(4).tolist(), bool(solution.converged)
    ([-2.0, 0.0], True)
    """
    process = _checked_process(transitions, rewards, discount, tolerance, max_sweeps)
    policy = tf.cast(policy, tf.float64)
    if not policy.shape.is_compatible_with(process.rewards.shape):
        raise ValueError(
            "Expected `policy` of the shape of `rewards`, (states, actions) = "
            f"{tuple(process.rewards.shape)}. Received: {tuple(policy.shape)}. "
            "Turn chosen actions into probabilities with `tf.one_hot`."
        )
    _check_distributions("policy", policy)
    return _evaluate(process, policy)


def value_iteration(transitions, rewards, discount, tolerance=1e-6, max_sweeps=100_000):
    """Computes the optimal values and policy by value iteration.

    Repeats `v(s) <- max_a (r(s, a) + gamma * sum_s' p(s' | s, a) * v(s'))` for all
    states at once, from 0. The policy takes the best action in each state, and the
    first of equally good ones.

    Args:
        transitions: Float tensor `(S, A, S)`.
        rewards: Float tensor `(S, A)`.
        discount: Float in [0, 1].
        tolerance: Float > 0, in units of the reward.
        max_sweeps: Integer >= 1, maximum number of sweeps over the states.

    Returns:
        `TabularSolution`, its `values` the optimal ones, its `policy` one-hot.

    Raises:
        ValueError: If a shape does not fit, an argument is out of its range,
            `transitions` does not hold distributions, or a reward is not finite.

    Reference:

    - [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
      equation 4.10.

    Example:

    >>> from keras_rlgen.environments import GridWorld
    >>> maze = GridWorld(["S.#", "#.G"])
    >>> solution = value_iteration(maze.transitions, maze.rewards, discount=1.0)
    >>> solution.values.numpy().tolist()
    [-3.0, -2.0, -1.0, 0.0]
    """
    process = _checked_process(transitions, rewards, discount, tolerance, max_sweeps)
    return _iterate_values(process)


def policy_iteration(
    transitions, rewards, discount, tolerance=1e-6, max_sweeps=100_000
):
    """Computes the optimal values and policy by policy iteration.

    It evaluates and improves a policy in turn, starting from the uniform one. An
    improvement takes the best action, by the current values, in every state where that
    gains more than the threshold of the sweeps; if there is no such state, the policy
    is optimal.

    Args:
        transitions: Float tensor `(S, A, S)`.
        rewards: Float tensor `(S, A)`.
        discount: Float in [0, 1].
        tolerance: Float > 0, in units of the reward.
        max_sweeps: Integer >= 1, maximum number of sweeps of an evaluation, and of
            improvements.

    Returns:
        `TabularSolution`, its `values` the optimal ones, its `policy` one-hot.

    Raises:
        ValueError: If a shape does not fit, an argument is out of its range,
            `transitions` does not hold distributions, or a reward is not finite.

    Reference:

    - [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html), section
      4.3. The margin keeps errors of the evaluation from changing the policy.

    Example:

    >>> from keras_rlgen.environments import GridWorld
    >>> maze = GridWorld(["S.#", "#.G"])
    >>> solution = policy_iteration(maze.transitions, maze.rewards, discount=0.5)
    >>> solution.values.numpy().round(4).tolist()
    [-1.75, -1.5, -1.0, 0.0]
    """
    process = _checked_process(transitions, rewards, discount, tolerance, max_sweeps)
    return _iterate_policies(process)


class _Process(NamedTuple):
    transitions: tf.Tensor  # (S, A, S) float64
    rewards: tf.Tensor  # (S, A) float64
    discount: tf.Tensor  # () float64
    threshold: tf.Tensor  # () float64, change of a value at which sweeps stop
    max_sweeps: tf.Tensor  # () int32


# Outside a tf.function, tf.while_loop is a Python loop, a hundred times slower.
@tf.function
def _evaluate(process, policy):
    values, converged = _policy_values(process, policy, _zero_values(process))
    return _solution(process, values, policy, converged)


@tf.function
def _iterate_values(process):
    def backup(values):
        return tf.reduce_max(_backup(process, values), axis=1)

    values, converged = _sweep(process, backup, _zero_values(process))
    return _solution(process, values, _greedy_policy(process, values), converged)


@tf.function
def _iterate_policies(process):
    def improve(policy, values, stable, converged):
        values, converged = _policy_values(process, policy, values)
        action_values = _backup(process, values)
        best = tf.reduce_max(action_values, axis=1)
        gains = best - tf.reduce_sum(policy * action_values, axis=1)
        improves = gains > process.threshold
        greedy = _greedy_policy(process, values)
        policy = tf.where(improves[:, tf.newaxis], greedy, policy)
        return policy, values, ~tf.reduce_any(improves), converged

    policy = tf.ones_like(process.rewards)
    policy /= tf.reduce_sum(policy, axis=1, keepdims=True)
    _, values, stable, converged = tf.while_loop(
        lambda policy, values, stable, converged: ~stable,
        improve,
        (policy, _zero_values(process), tf.constant(False), tf.constant(False)),
        maximum_iterations=process.max_sweeps,
    )
    policy = _greedy_policy(process, values)
    return _solution(process, values, policy, stable & converged)


def _policy_values(process, policy, values):
    def backup(values):
        return tf.reduce_sum(policy * _backup(process, values), axis=1)

    return _sweep(process, backup, values)


def _sweep(process, backup, values):
    """Applies `backup` until values change by no more than the threshold."""

    def sweep(values, change):
        new = backup(values)
        return new, tf.reduce_max(tf.abs(new - values))

    values, change = tf.while_loop(
        lambda values, change: change > process.threshold,
        sweep,
        (values, tf.constant(np.inf, tf.float64)),
        maximum_iterations=process.max_sweeps,
    )
    return values, change <= process.threshold


def _backup(process, values):
    """Computes `q(s, a) = r(s, a) + gamma * sum_s' p(s' | s, a) * v(s')`, `(S, A)`."""
    following = tf.linalg.matvec(process.transitions, values)
    return process.rewards + process.discount * following


def _zero_values(process):
    return tf.zeros_like(process.rewards[:, 0])


def _greedy_policy(process, values):
    action_values = _backup(process, values)
    num_actions = tf.shape(action_values)[1]
    return tf.one_hot(tf.argmax(action_values, axis=1), num_actions, dtype=tf.float64)


def _solution(process, values, policy, converged):
    return TabularSolution(
        values=tf.cast(values, tf.float32),
        action_values=tf.cast(_backup(process, values), tf.float32),
        policy=tf.cast(policy, tf.float32),
        converged=converged,
    )


def _checked_process(transitions, rewards, discount, tolerance, max_sweeps):
    transitions = tf.cast(transitions, tf.float64)
    rewards = tf.cast(rewards, tf.float64)
    shape = transitions.shape
    if shape.rank != 3 or shape[0] != shape[2]:
        raise ValueError(
            "Expected `transitions` of shape (states, actions, states). "
            f"Received: {tuple(shape)}. Put the next state last."
        )
    if not rewards.shape.is_compatible_with(shape[:2]):
        raise ValueError(
            "Expected `rewards` of shape (states, actions) = "
            f"{tuple(shape[:2])}. Received: {tuple(rewards.shape)}. Rewards that "
            "depend on the next state enter as their expectation: "
            "`tf.reduce_sum(transitions * rewards, axis=2)`."
        )
    if not is_number(discount) or not 0.0 <= discount <= 1.0:
        raise ValueError(
            "Argument `discount` must be a number in [0, 1]. "
            f"Received: discount={discount!r}"
        )
    if not is_number(tolerance) or not tolerance > 0.0:
        raise ValueError(
            "Argument `tolerance` must be a positive number. "
            f"Received: tolerance={tolerance!r}"
        )
    if not is_integer(max_sweeps) or max_sweeps < 1:
        raise ValueError(
            "Argument `max_sweeps` must be an integer of at least 1. "
            f"Received: max_sweeps={max_sweeps!r}"
        )
    _check_distributions("transitions", transitions)
    known = tf.get_static_value(rewards)
    if known is not None and not np.all(np.isfinite(known)):
        raise ValueError(
            "Expected finite `rewards`. Received one that is not at (state, action) = "
            f"{tuple(np.argwhere(~np.isfinite(known))[0].tolist())}."
        )
    # A backup is a contraction by gamma, so values that it changes by `c` are at most
    # `c / (1 - gamma)` away from the exact ones. The other half of the tolerance is for
    # `policy_iteration`, whose threshold may leave as much unimproved.
    threshold = tolerance if discount == 1.0 else 0.5 * (1.0 - discount) * tolerance
    return _Process(
        transitions,
        rewards,
        tf.constant(discount, tf.float64),
        tf.constant(threshold, tf.float64),
        tf.constant(max_sweeps, tf.int32),
    )


def _check_distributions(name, probabilities):
    known = tf.get_static_value(probabilities)
    if known is None:
        return
    sums = known.sum(axis=-1)
    wrong = ~np.isclose(sums, 1.0, rtol=0.0, atol=1e-5) | np.any(known < 0.0, axis=-1)
    if np.any(wrong):
        at = tuple(np.argwhere(wrong)[0].tolist())
        raise ValueError(
            f"Expected `{name}` to hold distributions along its last axis: numbers of "
            f"at least 0 that add up to 1. Received at {list(at)}: a least number of "
            f"{known[at].min():.6g} and a sum of {sums[at]:.6g}. Divide by the sum."
        )
