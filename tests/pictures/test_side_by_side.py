import doctest
import importlib

import numpy as np
import pytest

from keras_rlgen.pictures import side_by_side as function


def frame(value, width=60):
    return np.full((40, width, 3), value, np.uint8)


def test_examples_run():
    module = importlib.import_module("keras_rlgen.pictures.side_by_side")
    result = doctest.testmod(module, extraglobs={"np": np})
    assert result.attempted > 0 and result.failed == 0


def test_frames_are_joined_and_the_shorter_episode_fades():
    joined = function(
        [frame(0), frame(10), frame(20)],
        [frame(100, 80), frame(200, 80)],
        captions=[["a", "b", "c"], ["d", "e"]],
    )
    assert [picture.shape for picture in joined] == [(56, 144, 3)] * 3
    for step, (left, right) in enumerate([(0, 100), (10, 200), (20, 191 + 200 // 4)]):
        assert (joined[step][16:, :60] == left).all()
        assert (joined[step][16:, 64:] == right).all()
    assert (joined[0][:16] != joined[1][:16]).any()  # The captions.
    assert (joined[0][:, 60:64] == 255).all()


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ([], [frame(0)], "at least one frame of each episode. Received: 0 and 1"),
        ([frame(0), frame(0, 50)], [frame(0)], "one shape for each episode"),
        ([frame(0)], [np.zeros((30, 60, 3), np.uint8)], "of one height"),
    ],
)
def test_errors(left, right, message):
    with pytest.raises(ValueError, match=message):
        function(left, right)
