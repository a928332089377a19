import doctest
import importlib

import numpy as np
import pytest
from PIL import Image

from keras_rlgen import pictures

CURVE = [1.0, 2.0, 3.0], [5.0, 4.0, 4.5], [1.0, 0.9, 0.8]


def test_examples_run():
    module = importlib.import_module("keras_rlgen.pictures.frontiers")
    result = doctest.testmod(module, extraglobs={"np": np})
    assert result.attempted > 0 and result.failed == 0


def test_a_line_for_each_model(tmp_path):
    def count(picture, color):
        return (np.abs(picture.astype(int) - color).sum(-1) < 30).sum()

    blue, orange = (31, 119, 180), (255, 127, 14)
    one = pictures.frontiers({"a": CURVE}, "x", "y")
    two = pictures.frontiers({"a": CURVE, "b": CURVE[::-1]}, "x", "y", title="both")
    assert one.shape == two.shape == (500, 700, 3) and one.dtype == np.uint8
    assert count(one, blue) > 200 and count(one, orange) == 0
    assert count(two, orange) > 200
    pictures.write_frontiers(tmp_path / "frontiers.png", {"a": CURVE}, "x", "y")
    with Image.open(tmp_path / "frontiers.png") as image:
        np.testing.assert_array_equal(np.asarray(image), one)


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match="at least one curve"):
        pictures.frontiers({}, "x", "y")
    with pytest.raises(ValueError, match=r"equal length for 'a'.*\[1, 2, 1\]"):
        pictures.frontiers({"a": ([1.0], [1.0, 2.0], [1.0])}, "x", "y")
