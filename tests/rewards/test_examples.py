import doctest

import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.rewards import boundary_smoothness


def test_examples_in_docstrings_run():
    for module in (rewards, boundary_smoothness):
        result = doctest.testmod(module, extraglobs={"tf": tf})
        assert result.attempted > 0 and result.failed == 0
