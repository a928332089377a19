import numpy as np
import pytest

from keras_rlgen import Experience
from keras_rlgen.agents.loop.epochs import check_epochs, epochs_of_steps


class Agent:
    pass


@pytest.mark.parametrize("value", [3, np.int64(3), 0])
def test_numbers(value):
    check_epochs(Agent(), value)


@pytest.mark.parametrize(
    "value", [np.zeros((3, 4)), "CartPole-v1", 1.5, True, None, Experience]
)
def test_samples_are_refused_with_what_to_do(value):
    with pytest.raises(TypeError, match=r"first argument of `Agent.fit`.*experience="):
        check_epochs(Agent(), value)
    with pytest.raises(ValueError, match="epochs"):
        check_epochs(Agent(), -1)


@pytest.mark.parametrize(
    ("total", "expected"), [(1, [1]), (40, [10]), (41, [10, 1]), (120, [10] * 3)]
)
def test_steps_of_all_environments(total, expected):
    assert epochs_of_steps(total, 10, 4) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 10, 4), "total_steps"),
        ((5.0, 10, 4), "total_steps"),
        ((True, 10, 4), "total_steps"),
        ((9, 1, 1, 2), "either"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        epochs_of_steps(*arguments)
