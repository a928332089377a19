import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import ContinuousAction, DiscreteAction
from keras_rlgen.experience import ArraySpec
from keras_rlgen.world_models.action_of_spec import action_of_spec, encoded_action


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


def test_encoding():
    np.testing.assert_array_equal(
        encoded_action(DiscreteAction(3), tf.constant([2, 0])),
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]],
    )
    space = ContinuousAction([[-1.0], [0.0]], [[1.0], [4.0]])
    encoded = encoded_action(space, tf.constant([[[0.5], [3.0]], [[9.0], [0.0]]]))
    np.testing.assert_allclose(encoded, [[0.5, 0.5], [1.0, -1.0]])
