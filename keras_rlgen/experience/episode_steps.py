"""Which rows belong to which step of which episode."""

import numpy as np

from keras_rlgen.arguments import is_integer


def ranges(starts, lengths):
    """Returns the integers of several ranges, one after the other.

    Args:
        starts: Integer array `(ranges,)`.
        lengths: Integer array `(ranges,)`.

    Example:

    >>> ranges(np.array([10, 4]), np.array([3, 2]))
    array([10, 11, 12,  4,  5])
    """
    before = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(starts - before, lengths)


def steps_of(lengths):
    """Returns the episode of each step, and its place in it.

    Args:
        lengths: Integer array `(episodes,)`.

    Example:

    >>> steps_of(np.array([2, 3]))
    (array([0, 0, 1, 1, 1]), array([0, 1, 0, 1, 2]))
    """
    episodes = np.repeat(np.arange(len(lengths)), lengths)
    return episodes, ranges(np.zeros_like(lengths), lengths)


def every_nth_step(lengths, every, seed):
    """Returns the episode and the place in it of the steps that are kept.

    Args:
        lengths: Integer array `(episodes,)`.
        every: Integer >= 1. In each episode the first step that is kept is one of the
            first `every`.
        seed: Integer or `None`.

    Raises:
        ValueError: If `every` is less than 1, or if no step is left.
    """
    if not is_integer(every) or every < 1:
        raise ValueError(f"Expected `every` of at least 1. Received: {every}")
    first = np.random.default_rng(seed).integers(0, every, len(lengths))
    episodes, step = steps_of(lengths)
    since_first = step - first[episodes]
    kept = (since_first >= 0) & (since_first % every == 0)
    if not kept.any():
        raise ValueError(
            f"Expected episodes that are longer than every={every} steps. Received: "
            f"episodes of at most {lengths.max()}, of which no step was kept. Choose a "
            "smaller `every`."
        )
    return episodes[kept], step[kept]
