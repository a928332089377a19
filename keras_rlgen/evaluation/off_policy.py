"""The value of a policy, estimated from episodes of another one."""

from typing import NamedTuple

import numpy as np

from keras_rlgen.arguments import is_integer, is_number


class OffPolicyEstimate(NamedTuple):
    """The estimated value of a policy that did not act itself."""

    value: float  # mean discounted return
    low: float  # confidence interval by the bootstrap over episodes
    high: float
    effective_episodes: float  # as many would say as much if the policy had acted


def off_policy_value(
    rewards,
    ratios,
    discount,
    values=None,
    action_values=None,
    mask=None,
    resamples=1000,
    confidence=0.95,
    seed=0,
):
    """Estimates a policy's value by weighted importance sampling, or doubly robust.

    With the products `rho_it = ratio_i0 ... ratio_it` and weights
    `w_it = rho_it / sum_j rho_jt`, `w_i,-1 = 1 / n`, it is

    `sum_t discount^t sum_i (w_it (r_it - q_it) + w_i,t-1 v_it)`,

    where `q` and `v` are estimates of the policy's values. Without them, it is weighted
    per-decision importance sampling; with them, weighted doubly robust: the values of a
    model, corrected by what was observed. The interval is that of percentiles of the
    estimate on resampled episodes. It knows nothing of actions that were never tried.

    From the step on at which no episode is left that the policy could have taken, the
    doubly robust estimate is that of the model, and the other one NaN.

    Args:
        rewards: Float array `(n, T)`, of `n` episodes that the logging policy acted in.
        ratios: Float array `(n, T)`, the probability of the logged action under the
            policy divided by that under the logging policy.
        discount: Float in [0, 1].
        values: Float array `(n, T)`, `v(s_t)`, of the observed states.
        action_values: Float array `(n, T)`, `q(s_t, a_t)`, of the logged actions.
        mask: Bool array `(n, T)`, false after the end of an episode. By default all
            have `T` steps.
        resamples: Integer >= 1, of the bootstrap.
        confidence: Float in (0, 1).
        seed: Integer.

    Returns:
        `OffPolicyEstimate`. Its `effective_episodes` are `1 / sum_i w_iT^2`, at the
        last step, and 0 if no episode is left there.

    Raises:
        ValueError: If shapes differ, a number is not finite, a ratio is negative, only
            one of `values` and `action_values` is given, or an argument is out of its
            range.

    Reference:
        [Precup et al., 2000](https://scholarworks.umass.edu/cs_faculty_pubs/80/);
        weighted doubly robust:
        [Thomas & Brunskill, 2016](https://arxiv.org/abs/1604.00923), equation 10.

    Example:

    >>> rewards, ratios = [[1.0], [0.0], [0.0]], [[2.0], [1.0], [1.0]]
    >>> off_policy_value(rewards, ratios, discount=1.0).value
    0.5
    """
    if (values is None) != (action_values is None):
        raise ValueError(
            "Expected both `values` and `action_values`, for a doubly robust estimate, "
            "or neither. Received one of them."
        )
    rewards = np.asarray(rewards, "float64")
    zeros = np.zeros_like(rewards)
    arrays = {
        "rewards": rewards,
        "ratios": ratios,
        "values": zeros if values is None else values,
        "action_values": zeros if action_values is None else action_values,
        "mask": np.ones_like(rewards) if mask is None else mask,
    }
    arrays, is_model_free = _checked(arrays), values is None
    if (
        not (is_number(discount) and 0.0 <= discount <= 1.0)
        or not (is_number(confidence) and 0.0 < confidence < 1.0)
        or not is_integer(resamples)
        or resamples < 1
    ):
        raise ValueError(
            "Expected `discount` in [0, 1], `confidence` in (0, 1) and `resamples` >= "
            f"1. Received: {discount}, {confidence}, {resamples}"
        )
    active = arrays["mask"] > 0
    # After its end an episode keeps its weight, and adds nothing.
    products = np.cumprod(np.where(active, arrays["ratios"], 1.0), axis=1)
    residuals = np.where(active, arrays["rewards"] - arrays["action_values"], 0.0)
    values = np.where(active, arrays["values"], 0.0)
    discounts = discount ** np.arange(rewards.shape[1])

    def estimate(chosen):
        weights = _normalised(products[chosen])
        before = np.full_like(weights[:, :1], 1.0 / len(weights))
        before = np.concatenate([before, weights[:, :-1]], axis=1)
        terms = weights * residuals[chosen] + before * values[chosen]
        return float((terms.sum(axis=0) * discounts).sum())

    def estimate_or_nan(chosen):
        if not is_model_free or (products[chosen].sum(axis=0) > 0.0).all():
            return estimate(chosen)
        return float("nan")

    everyone = np.arange(len(rewards))
    random = np.random.default_rng(seed)
    resampled = [
        estimate_or_nan(random.integers(len(rewards), size=len(rewards)))
        for _ in range(resamples)
    ]
    known = np.array([value for value in resampled if np.isfinite(value)])
    low = high = float("nan")
    if known.size:
        tail = 50.0 * (1.0 - confidence)
        low, high = map(float, np.percentile(known, [tail, 100.0 - tail]))
    last = (_normalised(products[:, -1:]) ** 2).sum()
    effective = float(1.0 / last) if last > 0.0 else 0.0
    return OffPolicyEstimate(estimate_or_nan(everyone), low, high, effective)


def _normalised(products):
    """Returns products `(n, T)`, divided by their sum over `n` unless that is 0."""
    total = products.sum(axis=0)
    return products / np.where(total > 0.0, total, 1.0)


def _checked(arrays):
    arrays = {name: np.asarray(value, "float64") for name, value in arrays.items()}
    shape = arrays["rewards"].shape
    for name, value in arrays.items():
        if value.shape != shape or len(shape) != 2 or not value.size:
            raise ValueError(
                f"Expected `{name}` of the shape of `rewards`, (episodes, steps). "
                f"Received: {value.shape}, and `rewards` of {shape}. Fill shorter "
                "episodes up, and pass a `mask`."
            )
        if not np.isfinite(value).all():
            at = np.argwhere(~np.isfinite(value))[0].tolist()
            raise ValueError(
                f"Expected finite `{name}`. Received: {value[tuple(at)]} at (episode, "
                f"step) = {at}. A ratio is infinite where the logging policy could not "
                "have acted as it did."
            )
    if (arrays["ratios"] < 0.0).any():
        raise ValueError(
            f"Expected `ratios` >= 0. Received: {arrays['ratios'].min()}. Pass ratios "
            "of probabilities, not their logarithms."
        )
    return arrays
