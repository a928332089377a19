import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import ContinuousAction, DiscreteAction


def test_discrete_samples():
    action = DiscreteAction(3)
    samples = action.sample((0, 1), 3000)
    assert samples.dtype == action.dtype and samples.shape == (3000, *action.shape)
    np.testing.assert_allclose(np.bincount(samples) / 3000, 1 / 3, atol=0.04)


def test_continuous_samples():
    action = ContinuousAction([-1.0, 2.0], [1.0, 6.0])
    samples = action.sample((0, 1), 4000).numpy()
    assert samples.dtype == action.dtype and samples.shape == (4000, *action.shape)
    assert np.all((samples >= action.low) & (samples <= action.high))
    np.testing.assert_allclose(samples.mean(axis=0), [0.0, 4.0], atol=0.1)
    np.testing.assert_allclose(samples.std(axis=0), [2, 4] / np.sqrt(12), rtol=0.05)


def test_bounds_are_broadcast():
    action = ContinuousAction(low=-1.0, high=np.ones((2, 3)))
    assert action.shape == (2, 3)
    np.testing.assert_array_equal(action.low, -np.ones((2, 3)))


def test_what_fits_is_cast():
    checked = DiscreteAction(2).validated(np.array([0, 1], "int64"))
    assert checked.dtype == tf.int32
    checked = ContinuousAction([-1.0], [1.0]).validated(np.array([[0.5]]))
    assert checked.dtype == tf.float32


@pytest.mark.parametrize("action", [np.zeros((2, 1), int), np.zeros(2), 1])
def test_discrete_actions_that_do_not_fit(action):
    with pytest.raises(ValueError, match=r"shape \(batch,\) of integers in \[0, 4\)"):
        DiscreteAction(4).validated(action)


@pytest.mark.parametrize("actions", [[0, 4], [-1, 0]])
def test_discrete_actions_out_of_range_outside_of_graphs(actions):
    with pytest.raises(ValueError, match=r"in \[0, 4\). Received: from"):
        DiscreteAction(4).validated(np.array(actions))


@pytest.mark.parametrize("shape", [(5,), (5, 2), (5, 3, 1)])
def test_continuous_actions_that_do_not_fit(shape):
    action = ContinuousAction(-np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match=r"of shape \(batch, 3\)") as error:
        action.validated(np.zeros(shape))
    assert f"Received: {shape}" in str(error.value)


@pytest.mark.parametrize("count", [0, 2.5, None])
def test_bad_counts(count):
    with pytest.raises(ValueError, match="`count` must be an integer of at least 1"):
        DiscreteAction(count)


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, 1.0), ([0.0, 2.0], 1.0), (-np.inf, 0.0), (0.0, np.nan)]
)
def test_bad_bounds(low, high):
    with pytest.raises(ValueError, match="finite bounds with `low` below `high`"):
        ContinuousAction(low, high)


def test_they_print_what_they_are():
    assert repr(DiscreteAction(2)) == "DiscreteAction(2)"
    assert repr(ContinuousAction([-1], [2])) == "ContinuousAction([-1.0], [2.0])"
