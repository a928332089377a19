import math

import numpy as np


def halving_schedule(max_considered, num_simulations):
    """Computes how often a simulation's action must have been tried before.

    Sequential halving tries each of `m` actions equally often, drops the worse half,
    and repeats that with those that are left, at last two, until all simulations are
    used. The action of a simulation is the best of those that were tried as often as
    the schedule says.

    Args:
        max_considered: Integer `m` >= 1.
        num_simulations: Integer `N` >= 1.

    Returns:
        Int32 array `(m + 1, N)`: row `k` is the schedule for `k` actions; row 0, for
        none, is that of one.

    Reference:
        [Karnin et al., 2013](https://proceedings.mlr.press/v28/karnin13.html);
        [Danihelka et al., 2022](https://openreview.net/forum?id=bERaNdoegnO), fig. 1.

    Example:

    >>> halving_schedule(4, 8)[4].tolist()
    [0, 0, 0, 0, 1, 1, 2, 2]
    """
    counts = [max(1, count) for count in range(max_considered + 1)]
    rows = [_schedule(count, num_simulations) for count in counts]
    return np.asarray(rows, "int32")


def _schedule(num_actions, num_simulations):
    if num_actions == 1:
        return list(range(num_simulations))
    phases = math.ceil(math.log2(num_actions))
    tried, schedule, left = [0] * num_actions, [], num_actions
    while len(schedule) < num_simulations:
        for _ in range(max(1, num_simulations // (phases * left))):
            schedule += tried[:left]
            tried[:left] = [count + 1 for count in tried[:left]]
        left = max(2, left // 2)
    return schedule[:num_simulations]
