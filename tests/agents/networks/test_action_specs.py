import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.networks import action_specs
from tests.agents.toys import CONTINUOUS, DISCRETE, BoundedTensorSpec, tf_agents


def test_num_actions():
    assert action_specs.num_actions(DISCRETE, "Network") == 4
    array_spec = tf_agents.specs.BoundedArraySpec((3,), np.int32, 0, [2, 2, 2])
    assert action_specs.num_actions(array_spec, "Network") == 3
    ragged = BoundedTensorSpec((2,), tf.int32, 0, [1, 2])
    assert action_specs.num_actions(ragged, "Network") == 3


def test_action_mask():
    assert action_specs.action_mask(DISCRETE) is None
    assert action_specs.action_mask(BoundedTensorSpec((3,), tf.int32, 0, 2)) is None
    mask = action_specs.action_mask(BoundedTensorSpec((2,), tf.int32, 0, [1, 2]))
    assert mask.tolist() == [[True, True, False], [True, True, True]]


@pytest.mark.parametrize(
    "spec, message",
    [
        (CONTINUOUS, "discrete actions.*continuous ones.*Use `NormalNetwork`"),
        (BoundedTensorSpec((), tf.int32, 1, 3), "count from 0.*Subtract the minimum"),
        ({"a": DISCRETE}, "one `BoundedTensorSpec`. Received: .'a'.*flatten them"),
        (tf.TensorSpec((), tf.int32), "one `BoundedTensorSpec`"),
    ],
    ids=["continuous", "from one", "nest", "unbounded"],
)
def test_actions_that_do_not_fit(spec, message):
    with pytest.raises(ValueError, match=f"`Network` expected .*{message}"):
        action_specs.num_actions(spec, "Network")


@pytest.mark.parametrize(
    "low, high, expected",
    [
        (-1.0, [1.0, 2.0], True),
        ([-1.0, -np.inf], 1.0, False),
        (-1.0, np.finfo(np.float32).max, False),
    ],
)
def test_is_bounded(low, high, expected):
    assert action_specs.is_bounded(BoundedTensorSpec((2,), tf.float32, low, high)) == (
        expected
    )
    array_spec = tf_agents.specs.BoundedArraySpec((2,), np.float32, low, high)
    assert action_specs.is_bounded(array_spec) == expected
