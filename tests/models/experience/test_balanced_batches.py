import doctest

import numpy as np
import pytest

from keras_rlgen.models.experience import balanced_batches as module
from keras_rlgen.models.experience.balanced_batches import (
    balanced_batches,
    end_odds_ratio,
)

ROWS = np.arange(100, dtype="float32")[:, None]
ENDS = ROWS[:, 0] % 20 == 0  # 5 of 100


def test_examples():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    "end_fraction, ends, expected",
    [
        (0.0, ENDS, 0.05),
        (0.3, ENDS, 0.3),
        (0.3, ~ENDS, 0.95),
        (0.3, np.zeros(100, bool), 0.0),
        (0.3, np.ones(100, bool), 1.0),
    ],
)
def test_the_part_of_ends(end_fraction, ends, expected):
    data = balanced_batches(ROWS, 2.0 * ROWS, ends, end_fraction, 2000, seed=0)
    targets, inputs = next(iter(data))
    np.testing.assert_array_equal(targets, 2.0 * inputs)
    is_end = ends[inputs.numpy()[:, 0].astype(int)]
    assert abs(is_end.mean() - expected) < 0.03
    others = np.unique(inputs.numpy()[~is_end])
    assert len(others) == np.count_nonzero(~ends)


def test_batches_differ_and_a_seed_gives_the_same():
    def first_two(seed):
        data = balanced_batches(ROWS, ROWS, ENDS, 0.2, 8, seed)
        return [targets.numpy() for targets, _ in data.take(2)]

    one, two = first_two(0)
    assert (one != two).any()
    np.testing.assert_array_equal(one, first_two(0)[0])
    assert (one != first_two(1)[0]).any()


def test_noise_is_added_to_targets_alone():
    data = balanced_batches(ROWS, ROWS, ENDS, 0.2, 4000, seed=0, noise=0.5)
    targets, inputs = next(iter(data))
    assert abs(np.std(targets - inputs) - 0.5) < 0.05


def test_the_odds_ratio_of_balanced_ends():
    assert end_odds_ratio(ENDS, 0.0) == pytest.approx(1.0)
    assert end_odds_ratio(ENDS, 0.5) == pytest.approx(19.0)
    assert end_odds_ratio(np.zeros(4, bool), 0.5) == 1.0
    assert end_odds_ratio(np.ones(4, bool), 0.5) == 1.0
