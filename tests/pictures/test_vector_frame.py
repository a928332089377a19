import doctest
import importlib

import numpy as np
import pytest

from keras_rlgen.pictures import vector_frame


def test_example_runs():
    module = importlib.import_module("keras_rlgen.pictures.vector_frame")
    result = doctest.testmod(module, extraglobs={"np": np})
    assert result.attempted > 0 and result.failed == 0


def test_bars_of_a_vector():
    picture = vector_frame(np.array([1.0, -2.0, 0.0]), low=-2.0, high=2.0)
    bars = picture[9::18, :, 2] == 204
    assert [row.sum() for row in bars] == [49, 98, 0]  # Half of 98 pixels, and all.
    assert bars[0, 101:].sum() == 49 and bars[1, :100].sum() == 98
    far = vector_frame(np.array([1e9]))  # Without bounds: x / (1 + |x|).
    assert (far[9, :, 2] == 204).sum() == 98
    with pytest.raises(ValueError, match=r"1 to 64 numbers. Received: shape \(65,\)"):
        vector_frame(np.zeros(65))
