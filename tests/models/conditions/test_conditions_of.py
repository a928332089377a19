import doctest

import keras
import pytest

from keras_rlgen.models import ClassLabels, DegradedImages, VectorCondition
from keras_rlgen.models.conditions import conditions_of as module
from keras_rlgen.models.conditions.conditions_of import conditions_of


def test_num_classes_is_short_for_labels():
    assert conditions_of(None, None) is None
    assert isinstance(conditions_of(4, None), ClassLabels)
    given = VectorCondition(2)
    assert conditions_of(None, given) is given


def test_one_of_both_is_given():
    with pytest.raises(ValueError, match="num_classes=3 and conditions="):
        conditions_of(3, VectorCondition(2))


@pytest.mark.parametrize("given", [3, "vector", VectorCondition])
def test_other_objects_are_refused(given):
    with pytest.raises(TypeError, match=r"to be a `VectorCondition\(dim\)`"):
        conditions_of(None, given)


@pytest.mark.parametrize("given", [ClassLabels(3), DegradedImages((2, 2, 1))])
def test_conditions_come_back_from_their_configuration(given):
    config = keras.saving.serialize_keras_object(given)
    copy = keras.saving.deserialize_keras_object(config)
    assert type(copy) is type(given) and copy.get_config() == given.get_config()


def test_examples_in_docstrings_run():
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0
