"""Returns and advantages as pure functions of batch-major trajectories.

`B` is the number of trajectories and `T` the number of steps of each. Functions
take tensors of shape `(B, T)`, axis 1 forward in time, for the steps
`(observation, action) -> (reward, next_observation)`:

- `rewards`: `r_t`, the reward of the step.
- `discounts`: `d_t = gamma * (1 - terminated_t)`, so 0 at a termination.
- `next_values`: `V(s'_t)`, an estimate of the return from `next_observation`: the
  observation after the step, not the first one of the next episode.
- `truncated`: whether the episode was cut off after the step, for example by a time
  limit. Its return is bootstrapped from `V(s'_t)`, and ignores the following step in
  the tensor, which belongs to another episode. `None` means at no step.

The last step of the tensor bootstraps from its `next_values` too. Everything is
computed in float32 and compiles with XLA. Returns and advantages carry no gradient.
"""

import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number

__all__ = [
    "accumulated_rewards",
    "discounted_returns",
    "generalized_advantage_estimate",
    "lambda_returns",
    "n_step_returns",
    "return_bounds",
]


def discounted_returns(rewards, discounts, next_values=None, truncated=None):
    """Computes discounted returns.

    `G_t = r_t + d_t * G_(t+1)`, and `G_t = r_t + d_t * V(s'_t)` where the step is
    truncated or the last.

    Args:
        rewards: Float tensor `(B, T)`.
        discounts: Float tensor `(B, T)`, in [0, 1], 0 at termination.
        next_values: Float tensor `(B, T)`, read where the step is truncated or the
            last. `None` means 0: later rewards are ignored.
        truncated: Boolean tensor `(B, T)`, or `None`.

    Returns:
        Float32 tensor `(B, T)`, without a gradient.

    Raises:
        ValueError: If a shape is not that of `rewards`, or `rewards` is not of rank 2.

    Reference:

    - [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
      equation 3.9. The bootstrap after a truncation follows
      [Pardo et al., 2018](https://arxiv.org/abs/1712.00378), section 3.

    Example:

    >>> rewards = tf.constant([[1.0, 1.0, 1.0]])
    >>> discounts = tf.constant([[0.5, 0.0, 0.5]])  # the second step terminates
    >>> discounted_returns(rewards, discounts, 8.0 * tf.ones((1, 3))).numpy().tolist()
    [[1.5, 1.0, 5.0]]
    """
    if next_values is None:
        next_values = tf.zeros_like(rewards)
    return lambda_returns(rewards, discounts, next_values, 1.0, truncated)


def n_step_returns(rewards, discounts, next_values, num_steps, truncated=None):
    """Computes n-step returns, bootstrapped from the value after `n` steps.

    `G_t:t+n = r_t + d_t r_(t+1) + ... + (d_t ... d_(t+n-2)) r_(t+n-1)
    + (d_t ... d_(t+n-1)) V(s'_(t+n-1))`. If a truncation or the end of the tensor comes
    sooner, the return bootstraps there, after fewer steps.

    Args:
        rewards: Float tensor `(B, T)`.
        discounts: Float tensor `(B, T)`, in [0, 1], 0 at termination.
        next_values: Float tensor `(B, T)`.
        num_steps: Integer >= 1, `n`. 1 gives the temporal-difference target.
        truncated: Boolean tensor `(B, T)`, or `None`.

    Returns:
        Float32 tensor `(B, T)`, without a gradient.

    Raises:
        ValueError: If a shape is not that of `rewards`, `rewards` is not of rank 2, or
            `num_steps` is out of its range.

    Reference:

    - [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
      equation 7.1.

    Example:

    >>> rewards, discounts = tf.ones((1, 4)), tf.fill((1, 4), 0.5)
    >>> values = tf.fill((1, 4), 8.0)
    >>> n_step_returns(rewards, discounts, values, num_steps=2).numpy().tolist()
    [[3.5, 3.5, 3.5, 5.0]]
    """
    if not is_integer(num_steps) or num_steps < 1:
        raise ValueError(
            "Argument `num_steps` must be an integer of at least 1. "
            f"Received: num_steps={num_steps!r}"
        )
    rewards, discounts, next_values = _checked(
        rewards=rewards, discounts=discounts, next_values=next_values
    )
    continued = discounts * _continues(rewards, truncated)
    stopped = rewards + (discounts - continued) * next_values

    def one_step_more(steps, returns):
        return steps + 1, stopped + continued * _shifted(returns, 1)

    length = tf.shape(rewards)[1]
    _, returns = tf.while_loop(
        lambda steps, _: steps < tf.minimum(num_steps, length),
        one_step_more,
        (1, rewards + discounts * next_values),
    )
    return tf.stop_gradient(returns)


def lambda_returns(rewards, discounts, next_values, lambda_=0.95, truncated=None):
    """Computes lambda-returns, n-step returns averaged with weights `lambda^(n-1)`.

    `G_t = r_t + d_t * ((1 - lambda) * V(s'_t) + lambda * G_(t+1))`, and
    `G_t = r_t + d_t * V(s'_t)` where the step is truncated or the last.

    Args:
        rewards: Float tensor `(B, T)`.
        discounts: Float tensor `(B, T)`, in [0, 1], 0 at termination.
        next_values: Float tensor `(B, T)`.
        lambda_: Float in [0, 1]. 0 gives the temporal-difference target, 1 the
            discounted return.
        truncated: Boolean tensor `(B, T)`, or `None`.

    Returns:
        Float32 tensor `(B, T)`, without a gradient.

    Raises:
        ValueError: If a shape is not that of `rewards`, `rewards` is not of rank 2, or
            `lambda_` is out of its range.

    Reference:

    - [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
      equations 12.2 and 12.3 (the average) and 12.18 (this recursion).

    Example:

    >>> rewards, discounts = tf.ones((1, 3)), tf.fill((1, 3), 0.5)
    >>> values = tf.fill((1, 3), 8.0)
    >>> lambda_returns(rewards, discounts, values, lambda_=0.5).numpy().tolist()
    [[4.0625, 4.25, 5.0]]
    """
    _check_lambda(lambda_)
    rewards, discounts, next_values = _checked(
        rewards=rewards, discounts=discounts, next_values=next_values
    )
    continued = lambda_ * discounts * _continues(rewards, truncated)
    stopped = rewards + (discounts - continued) * next_values
    return tf.stop_gradient(_discounted_sums(stopped, continued))


def generalized_advantage_estimate(
    rewards, discounts, values, next_values, lambda_=0.95, truncated=None
):
    """Computes generalised advantage estimates (GAE).

    `A_t = delta_t + d_t * lambda * A_(t+1)` with
    `delta_t = r_t + d_t * V(s'_t) - V(s_t)`, and `A_t = delta_t` where the step is
    truncated or the last. `A_t + V(s_t)` is the lambda-return.

    Args:
        rewards: Float tensor `(B, T)`.
        discounts: Float tensor `(B, T)`, in [0, 1], 0 at termination.
        values: Float tensor `(B, T)`, `V(s_t)`, of the observation before the step.
        next_values: Float tensor `(B, T)`. Within an episode, `values` a step later.
        lambda_: Float in [0, 1]. 0 gives the lowest variance, 1 the lowest bias.
        truncated: Boolean tensor `(B, T)`, or `None`.

    Returns:
        Float32 tensor `(B, T)`, without a gradient.

    Raises:
        ValueError: If a shape is not that of `rewards`, `rewards` is not of rank 2, or
            `lambda_` is out of its range.

    Reference:

    - [Schulman et al., 2016](https://arxiv.org/abs/1506.02438), equation 16, with the
      sum ending at the end of the episode or the tensor.

    Example:

    >>> rewards, discounts = tf.ones((1, 3)), tf.fill((1, 3), 0.5)
    >>> values = tf.zeros((1, 3))
    >>> generalized_advantage_estimate(
    ...     rewards, discounts, values, values, lambda_=0.5
    ... ).numpy().tolist()
    [[1.3125, 1.25, 1.0]]
    """
    _check_lambda(lambda_)
    rewards, discounts, values, next_values = _checked(
        rewards=rewards, discounts=discounts, values=values, next_values=next_values
    )
    errors = rewards + discounts * next_values - values
    continued = lambda_ * discounts * _continues(rewards, truncated)
    return tf.stop_gradient(_discounted_sums(errors, continued))


def accumulated_rewards(rewards, discounts, start):
    """Computes the discounted sum of the rewards so far, after each step.

    `R_t = r_t + d_t * R_(t-1)`, where `R_(-1)` is `start`. A discount of 0 starts anew.

    Args:
        rewards: Float tensor `(B, T)`.
        discounts: Float tensor `(B, T)`, of the sum before the step.
        start: Float tensor `(B,)`, the sums before the first step.

    Returns:
        Float32 tensor `(B, T)`, without a gradient.

    Raises:
        ValueError: If a shape is not that of `rewards`, or `rewards` is not of rank 2.

    Example:

    >>> rewards, first = tf.constant([[1.0, 2.0, 4.0]]), tf.constant([[0.0, 1.0, 0.0]])
    >>> accumulated_rewards(rewards, 1.0 - first, tf.constant([8.0])).numpy().tolist()
    [[9.0, 2.0, 6.0]]
    """
    rewards, discounts = _checked(rewards=rewards, discounts=discounts)
    _check_shape("start", start[:, tf.newaxis], rewards[:, :1])
    first = rewards[:, :1] + discounts[:, :1] * start[:, tf.newaxis]
    rewards = tf.concat([first, rewards[:, 1:]], axis=1)
    backward = [tf.reverse(x, axis=[1]) for x in (rewards, discounts)]
    sums = _discounted_sums(*backward)
    return tf.stop_gradient(tf.reverse(sums, axis=[1]))


def _discounted_sums(terms, weights):
    """Solves `x_t = terms_t + weights_t * x_(t+1)` in log2(T) passes over all steps.

    Before a pass, `x_t = terms_t + weights_t * x_(t+stride)`; inserting the equation of
    `x_(t+stride)` doubles the stride, until it exceeds the number of steps.
    """

    def double(stride, terms, weights):
        terms = terms + weights * _shifted(terms, stride)
        return 2 * stride, terms, weights * _shifted(weights, stride)

    length = terms.shape[1]
    if length is None:
        length = tf.shape(terms)[1]
        _, sums, _ = tf.while_loop(
            lambda stride, *_: stride < length, double, (1, terms, weights)
        )
        return sums
    stride = 1
    while stride < length:
        stride, terms, weights = double(stride, terms, weights)
    return terms


def _shifted(tensor, stride):
    """Returns the values of `tensor` `stride` steps later; 0 beyond the last step."""
    zeros = tf.zeros_like(tensor[:, :stride])
    return tf.concat([tensor[:, stride:], zeros], axis=1)


def return_bounds(reward_bounds, gamma, num_steps=None):
    """Computes the range of possible discounted returns of an episode.

    With `S` the sum of `gamma^k` over `num_steps` steps, an episode of at most so many
    steps returns at least `min(low, low * S)` and at most `max(high, high * S)`. Values
    beyond these are no return of any policy, but an error of their estimate.

    Args:
        reward_bounds: Pair of floats `(low, high)`, the bounds of a reward.
        gamma: Float in [0, 1], the discount factor.
        num_steps: Integer >= 1, after which an episode has terminated; `None` for any
            number. A truncated episode has not terminated: its values bootstrap.

    Returns:
        Pair of floats.

    Raises:
        ValueError: If the bounds are not in order or not finite, an argument is out of
            its range, or `gamma` is 1 and `num_steps` is `None`.

    Example:

    >>> return_bounds((-1.0, 1.0), gamma=0.75)
    (-4.0, 4.0)
    >>> return_bounds((1.0, 2.0), gamma=0.5, num_steps=2)
    (1.0, 3.0)
    """
    low, high = map(float, reward_bounds)
    if not -float("inf") < low <= high < float("inf"):
        raise ValueError(
            "Expected finite `reward_bounds` (low, high), low <= high. "
            f"Received: {reward_bounds}"
        )
    if not (is_number(gamma) and 0.0 <= gamma <= 1.0) or (
        gamma == 1.0 and num_steps is None
    ):
        raise ValueError(
            "Expected `gamma` in [0, 1], and below 1 if there is no limit of steps. "
            f"Received: gamma={gamma}, num_steps={num_steps}"
        )
    if num_steps is not None and (not is_integer(num_steps) or num_steps < 1):
        raise ValueError(f"Expected `num_steps` >= 1. Received: num_steps={num_steps}")
    if gamma == 1.0:
        total = float(num_steps)
    else:
        last = 0.0 if num_steps is None else gamma**num_steps
        total = (1.0 - last) / (1.0 - gamma)
    return min(low, low * total), max(high, high * total)


def _continues(rewards, truncated):
    """Returns 1 where a step's return includes that of the next step, else 0.

    It does not at a truncation or at the last step. At a termination the discount is
    already 0.
    """
    length = tf.shape(rewards)[1]
    goes_on = tf.broadcast_to(tf.range(length) < length - 1, tf.shape(rewards))
    if truncated is not None:
        truncated = tf.cast(truncated, tf.bool)
        _check_shape("truncated", truncated, rewards)
        goes_on = goes_on & ~truncated
    return tf.cast(goes_on, tf.float32)


def _checked(**tensors):
    """Returns the tensors in float32, all of the shape of the first."""
    tensors = {name: tf.cast(tensor, tf.float32) for name, tensor in tensors.items()}
    rewards = tensors["rewards"]
    if rewards.shape.rank != 2:
        raise ValueError(
            "Expected `rewards` of shape (batch, time). "
            f"Received: {tuple(rewards.shape)}. Add the missing axis: "
            "`rewards[tf.newaxis]` for a single trajectory."
        )
    for name, tensor in tensors.items():
        _check_shape(name, tensor, rewards)
    return tensors.values()


def _check_shape(name, tensor, rewards):
    if not tensor.shape.is_compatible_with(rewards.shape):
        raise ValueError(
            f"Expected `{name}` of the shape of `rewards`, (batch, time) = "
            f"{tuple(rewards.shape)}. Received: {tuple(tensor.shape)}. "
            "Broadcast it, and put the batch first."
        )


def _check_lambda(lambda_):
    if not is_number(lambda_) or not 0.0 <= lambda_ <= 1.0:
        raise ValueError(
            "Argument `lambda_` must be a number in [0, 1]. "
            f"Received: lambda_={lambda_!r}"
        )
