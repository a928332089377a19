import doctest
import importlib

import pytest
import tensorflow as tf


@pytest.mark.parametrize(
    "name", ["bernoulli", "categorical", "discretized_logistic", "normal"]
)
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(f"keras_rlgen.distributions.{name}")
    result = doctest.testmod(module, extraglobs={"tf": tf})
    assert result.attempted > 0 and result.failed == 0
