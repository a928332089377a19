import tensorflow as tf

from keras_rlgen.losses.masked_reductions import masked, masked_sum

CREDITS = ("sample", "step")


def penalised_returns(rewards, costs, mask=(), credit="sample"):
    """Computes the reward minus the costs of steps, for samples or from each step on.

    With `credit="step"` an action has no part in the costs of earlier steps:

        return of step t = reward - (cost_t + cost_(t+1) + ... + cost_(T-1))

    The expected policy gradient is the same. Costs of earlier steps are noise in it,
    unless they cancel that of the reward: at the optimum of a KL-regularised reward,
    returns of samples are all equal, and those of steps are not.

    Args:
        rewards: Float32 tensor `(batch,)`, the reward of whole samples.
        costs: Float32 tensor `(batch, steps)`, such as weighted log-ratios of steps; or
            `(batch,)`, of whole samples.
        mask: Tensor `(batch, steps)`, true or nonzero at valid steps; `()` if all are
            valid.
        credit: `"sample"` or `"step"`.

    Returns:
        Float32 tensor `(batch,)` for samples, `(batch, steps)` for steps.

    Raises:
        ValueError: If costs of whole samples are to be credited to steps.

    Example:

    >>> costs = tf.constant([[1.0, 2.0, 4.0]])
    >>> penalised_returns(tf.constant([10.0]), costs, credit="step").numpy()
    array([[3., 4., 6.]], dtype=float32)

    Reference:
        [Sutton et al., 1999](https://papers.nips.cc/paper/1713), theorem 1;
        [Jaques et al., 2017](https://arxiv.org/abs/1611.02796), equation 7, for the
        cost of a step.
    """
    if credit == "sample":
        return rewards - masked_sum(costs, mask)
    if costs.shape.rank != 2:
        raise ValueError(
            "`kl_credit='step'` needs a generator with a log-probability for each "
            f"step, (batch, steps). Received: {tuple(costs.shape)}. Use "
            "`kl_credit='sample'`."
        )
    ahead = tf.cumsum(masked(costs, mask), axis=-1, reverse=True)
    return rewards[:, tf.newaxis] - ahead


def check_credit(credit, algorithm):
    """Checks who is credited with the costs of steps.

    Args:
        credit: `"sample"` or `"step"`.
        algorithm: `TuningAlgorithm`.

    Raises:
        ValueError: If the credit is unknown, or the algorithm takes no advantages of
            steps.
    """
    if credit not in CREDITS:
        raise ValueError(
            f"Expected `kl_credit` in {list(CREDITS)}. Received: {credit!r}"
        )
    if credit == "step" and not algorithm.takes_step_advantages:
        raise ValueError(
            f"`{type(algorithm).__name__}` has an advantage for each sample, and "
            "`kl_credit='step'` gives one for each step. Use `kl_credit='sample'`, or "
            "an algorithm with a ratio for each token."
        )
