import doctest

import numpy as np
import pytest

from keras_rlgen.environments import edit_targets
from keras_rlgen.environments.edit_targets import EditTargets

VECTORS = [[1.0, 0.5], [0.0, -2.0]]


def test_example():
    assert doctest.testmod(edit_targets).failed == 0


def test_classes():
    targets = EditTargets(4)
    sampled = targets.sample(400, (0, 1)).numpy()
    assert np.bincount(sampled).min() > 60
    observed = targets.observed(sampled)
    assert observed.shape == (400, 4)
    np.testing.assert_array_equal(targets.from_observed(observed), sampled)
    assert targets.validated(3, 2).numpy().tolist() == [3, 3]
    assert targets.argument == 4 and targets.spec.shape == (None,)


def test_vectors():
    targets = EditTargets(VECTORS)
    sampled = targets.sample(50, (0, 1)).numpy()
    assert {tuple(row) for row in sampled.tolist()} == {(1.0, 0.5), (0.0, -2.0)}
    np.testing.assert_array_equal(targets.observed(sampled), sampled)
    np.testing.assert_array_equal(targets.validated([1, 2], 2), [[1, 2], [1, 2]])
    assert targets.argument == VECTORS and targets.spec.shape == (None, 2)


@pytest.mark.parametrize("targets", [0, -1, [], [1.0, 2.0], np.zeros((2, 0))])
def test_targets_of_another_form(targets):
    with pytest.raises(ValueError, match="positive number of classes, or an array"):
        EditTargets(targets)


@pytest.mark.parametrize("target", [4, -1, 1.0, [0, 1], "one"])
def test_no_class(target):
    with pytest.raises(ValueError, match=r"integers in \[0, 4\)"):
        EditTargets(4).validated(target, 3)


def test_not_finite():
    with pytest.raises(ValueError, match="NaN"):
        EditTargets([[np.nan]])
    with pytest.raises(ValueError, match="finite floats"):
        EditTargets(VECTORS).validated([np.inf, 0.0], 1)
