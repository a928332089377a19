import numpy as np
import pytest

from keras_rlgen.environments import DiscreteAction
from keras_rlgen.environments.action_of_spec import action_of_spec
from keras_rlgen.experience import ArraySpec


def test_spaces():
    discrete = action_of_spec(ArraySpec((), "int32", 0, 2))
    assert isinstance(discrete, DiscreteAction)
    assert discrete.count == 3
    continuous = action_of_spec(ArraySpec((2,), "float32", [-1.0, 0.0], 2.0))
    np.testing.assert_array_equal(continuous.low, [-1.0, 0.0])
    np.testing.assert_array_equal(continuous.high, [2.0, 2.0])


@pytest.mark.parametrize(
    "spec",
    [
        ArraySpec((2,), "float32"),
        ArraySpec((), "int32", 1, 2),
        ArraySpec((2,), "int32", 0, 2),
        {"a": ArraySpec((), "int32", 0, 1)},
    ],
)
def test_other_spaces_are_refused(spec):
    with pytest.raises(ValueError, match="one integer that counts from zero"):
        action_of_spec(spec)
