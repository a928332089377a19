import doctest
import importlib

import numpy as np
import pytest

from keras_rlgen.play import text_frame


def test_example_runs():
    module = importlib.import_module("keras_rlgen.play.text_frame")
    result = doctest.testmod(module, extraglobs={"np": np})
    assert result.attempted > 0 and result.failed == 0


def test_darker_pixels_are_denser_characters():
    shades = np.repeat(np.linspace(0, 255, 10).astype(np.uint8), 2)
    frame = np.broadcast_to(shades[None, :, None], (2, 20, 3))
    (line,) = text_frame(frame, width=10)
    assert line[0] == "@" and line[-1] == " "
    order = ["@%#*+=-:. ".index(character) for character in line]
    assert order == sorted(order)


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match=r"dtype uint8. Received: shape \(2, 2\)"):
        text_frame(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="`width` to be >= 1. Received: 0"):
        text_frame(np.zeros((2, 2, 3), np.uint8), 0)
