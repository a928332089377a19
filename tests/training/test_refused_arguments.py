import doctest

import numpy as np
import pytest

from keras_rlgen.training import refused_arguments
from keras_rlgen.training.refused_arguments import refuse_arguments, taken_arguments


class Base:
    def compile(self, optimizer, **unknown):
        refuse_arguments(self, "compile", unknown, {"loss": "There is none."})


class Model(Base):
    def compile(self, reward=None, **kwargs):
        super().compile("adam", **kwargs)


def test_example():
    options = doctest.ELLIPSIS
    assert doctest.testmod(refused_arguments, optionflags=options).failed == 0


def test_the_class_the_argument_and_the_remedy_are_named():
    expected = (
        r"`Model.compile` takes no `loss`. .*There is none. It takes: reward, opt"
    )
    with pytest.raises(TypeError, match=expected):
        Model().compile(loss="mse")


def test_long_values_are_not_printed():
    with pytest.raises(TypeError, match=r"x=ndarray of shape \(3, 2\)"):
        Model().compile(x=np.zeros((3, 2)))
    with pytest.raises(TypeError) as error:
        Model().compile(x="a" * 999)
    assert len(str(error.value)) < 200


def test_arguments_are_those_of_base_classes_too():
    assert taken_arguments(Model(), "compile") == ["reward", "optimizer"]
