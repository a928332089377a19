from typing import Any, NamedTuple

import numpy as np

from keras_rlgen.arguments import is_integer


class Windows(NamedTuple):
    """A batch of `W` sequences of `L` consecutive steps, each within an episode.

    Attributes:
        observation: Nest of arrays `(W, L + 1, ...)`; the last is what the last step
            led to.
        action: Nest of arrays `(W, L, ...)`.
        reward: Float32 array `(W, L)`.
        terminated: Bool array `(W, L)`, true at most at the last step.
    """

    observation: Any
    action: Any
    reward: np.ndarray
    terminated: np.ndarray


def window_starts(lengths, length, stride):
    """Returns where windows begin: as many in each episode as fit into it.

    Args:
        lengths: Integer array `(episodes,)`, in steps.
        length: Integer >= 1, the steps of a window.
        stride: Integer >= 1, the steps from one window's start to the next.

    Returns:
        Int64 arrays `(windows,)`: the episode, and the step in it.

    Raises:
        ValueError: If an argument is out of its range, or if no episode is long enough.

    Example:

    >>> window_starts(np.array([3, 1, 2]), length=2, stride=1)
    (array([0, 0, 2]), array([0, 1, 0]))
    """
    if not is_integer(length) or length < 1 or not is_integer(stride) or stride < 1:
        raise ValueError(
            "Expected `length` and `stride` of at least 1. Received: "
            f"length={length}, stride={stride}"
        )
    counts = np.maximum((lengths - length) // stride + 1, 0)
    if not counts.any():
        raise ValueError(
            f"Expected episodes of at least length={length} steps. Received: episodes "
            f"of at most {lengths.max()}. Choose a smaller `length`."
        )
    episodes = np.repeat(np.arange(len(lengths)), counts)
    before = np.repeat(np.cumsum(counts) - counts, counts)
    return episodes, (np.arange(counts.sum()) - before) * stride
