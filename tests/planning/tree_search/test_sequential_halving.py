import doctest

import numpy as np
import pytest

from keras_rlgen.planning.tree_search import sequential_halving
from keras_rlgen.planning.tree_search.sequential_halving import halving_schedule


def test_example():
    assert doctest.testmod(sequential_halving).failed == 0


@pytest.mark.parametrize(("most", "simulations"), [(1, 5), (4, 8), (16, 50), (16, 3)])
def test_every_row_can_be_followed(most, simulations):
    schedule = halving_schedule(most, simulations)
    assert schedule.shape == (most + 1, simulations)
    for count, row in enumerate(schedule[1:], start=1):
        tried = np.zeros(count, int)
        for wanted in row:
            due = np.flatnonzero(tried == wanted)
            assert len(due)  # There is an action that was tried so often.
            tried[due[0]] += 1
        if count <= simulations:
            assert tried.min() >= 1  # Each is considered.


def test_half_of_the_actions_is_dropped_in_each_phase():
    tried = np.bincount(halving_schedule(8, 48)[8])
    # 8 actions 2 times, 4 actions 4 times, 2 actions 8 times.
    assert tried.tolist() == [8] * 2 + [4] * 4 + [2] * 8
