import doctest
import importlib

import numpy as np
import pytest


@pytest.mark.parametrize("module", ["gaussian_mixtures", "labelled_images"])
def test_examples_in_docstrings_run(module):
    module = importlib.import_module(f"keras_rlgen.datasets.{module}")
    result = doctest.testmod(module, extraglobs={"np": np})
    assert result.attempted > 0 and result.failed == 0
