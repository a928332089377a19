import doctest
import importlib

import tensorflow as tf

from keras_rlgen.experience import Transition


def test_examples_run():
    module = importlib.import_module("keras_rlgen.experience.transition")
    assert doctest.testmod(module, extraglobs={"tf": tf}).failed == 0


def test_fields():
    assert Transition._fields == (
        "observation",
        "action",
        "reward",
        "next_observation",
        "terminated",
    )
