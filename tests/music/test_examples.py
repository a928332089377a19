import doctest
import importlib
import pkgutil

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import music


def test_examples_in_docstrings_run():
    names = {name: getattr(music, name) for name in music.__all__}
    names |= {"keras": keras, "np": np, "tf": tf}
    attempted = 0
    for info in pkgutil.walk_packages(music.__path__, "keras_rlgen.music."):
        module = importlib.import_module(info.name)
        result = doctest.testmod(module, extraglobs=names)
        assert result.failed == 0, info.name
        attempted += result.attempted
    assert attempted > 90
