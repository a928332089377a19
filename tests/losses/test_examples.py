import doctest

import pytest
import tensorflow as tf

from keras_rlgen.losses import code_values, likelihood, masked_reductions, policy


@pytest.mark.parametrize(
    "module",
    [code_values, likelihood, masked_reductions, policy],
    ids=lambda module: module.__name__,
)
def test_examples_in_docstrings_run(module):
    result = doctest.testmod(module, extraglobs={"tf": tf})
    assert result.attempted > 0 and result.failed == 0
