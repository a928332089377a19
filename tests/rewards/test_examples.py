import doctest

import keras
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.rewards import boundary_smoothness, diversity_filter


def test_examples_in_docstrings_run():
    for module in (rewards, boundary_smoothness, diversity_filter):
        result = doctest.testmod(module, extraglobs={"keras": keras, "tf": tf})
        assert result.attempted > 0 and result.failed == 0
