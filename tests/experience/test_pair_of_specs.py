import types

import pytest
import tensorflow as tf

from keras_rlgen.experience import ArraySpec
from keras_rlgen.experience.pair_of_specs import pair_of_specs


def test_objects_and_pairs_are_alike():
    pair = {"a": tf.TensorSpec((2,))}, ArraySpec((), "int32", 0, 1)
    specs = types.SimpleNamespace(observation=pair[0], action=pair[1])
    for given in (pair, list(pair), specs):
        observation, action = pair_of_specs(given)
        assert isinstance(observation["a"], ArraySpec)
        assert observation["a"].shape == (2,)
        assert action is pair[1]


@pytest.mark.parametrize(
    "specs", [None, (ArraySpec(()),), (None, ArraySpec(())), "specs"]
)
def test_others_are_refused(specs):
    with pytest.raises(TypeError, match="`observation` and `action`"):
        pair_of_specs(specs)
