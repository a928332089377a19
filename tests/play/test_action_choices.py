import doctest
import importlib

import numpy as np
import pytest

from keras_rlgen.environments import ContinuousAction, DiscreteAction, Pendulum
from keras_rlgen.play import action_choices


def test_example_runs():
    module = importlib.import_module("keras_rlgen.play.action_choices")
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0


def test_choices_of_discrete_actions():
    choices = action_choices(DiscreteAction(3), names=["up", "stay", "down"])
    assert [(c.name, int(c.action)) for c in choices] == [
        *(("up", 0), ("stay", 1), ("down", 2)),
    ]


def test_choices_of_continuous_actions():
    choices = action_choices(Pendulum().action)
    np.testing.assert_allclose(
        [c.action[0] for c in choices], [-2.0, -1.0, 0.0, 1.0, 2.0]
    )
    several = action_choices(ContinuousAction([-1.0, -2.0], [1.0, 4.0]))
    assert [c.name for c in several] == ["middle", "0-", "0+", "1-", "1+"]
    np.testing.assert_allclose(several[4].action, [0.0, 4.0])
    np.testing.assert_allclose(several[1].action, [-1.0, 1.0])


def test_errors():
    with pytest.raises(ValueError, match="at most 31 actions.*of 37 choices"):
        action_choices(DiscreteAction(37))
    with pytest.raises(ValueError, match=r"Expected 2 names of actions: \['0', '1'\]"):
        action_choices(DiscreteAction(2), names=["left"])
