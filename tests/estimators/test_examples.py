import doctest

import pytest

from keras_rlgen import estimators
from keras_rlgen.replay import ring_buffer


@pytest.mark.parametrize("module", [estimators, ring_buffer])
def test_examples_in_docstrings_run(module):
    names = {"tf": ring_buffer.tf}
    result = doctest.testmod(module, extraglobs=names)
    assert result.attempted > 0 and result.failed == 0
