import doctest
import importlib

import numpy as np
import pytest
from PIL import Image

from keras_rlgen import pictures


def test_examples_run():
    module = importlib.import_module("keras_rlgen.pictures.fan_chart")
    result = doctest.testmod(module, extraglobs={"np": np})
    assert result.attempted > 0 and result.failed == 0


def test_quantiles_leave_out_what_has_ended():
    imagined = np.tile(np.arange(5.0)[:, None, None], (1, 4, 2))
    imagined[3:, 2:] = np.nan  # Two of five are over,
    imagined[:, 3] = np.nan  # then all.
    bands = pictures.fan_quantiles(imagined)
    np.testing.assert_allclose(bands[:, 0, 1], [0.2, 1.0, 2.0, 3.0, 3.8])
    np.testing.assert_allclose(bands[:, 2, 0], [0.1, 0.5, 1.0, 1.5, 1.9])
    assert np.isnan(bands[:, 3]).all()


def test_the_real_trajectory_is_drawn_over_the_fan(tmp_path):
    noise = np.random.default_rng(0).normal(size=(40, 11, 3))
    imagined = np.cumsum(noise, axis=1)
    alone = pictures.fan_chart(imagined, columns=3)
    both = pictures.fan_chart(imagined, imagined[0], names=list("xyz"), columns=3)
    assert alone.shape == both.shape == (220, 960, 3) and alone.dtype == np.uint8

    def count(picture, color):
        return (np.abs(picture.astype(int) - color).sum(-1) < 30).sum()

    blue, black = (31, 119, 180), (0, 0, 0)
    assert count(alone, blue) > 300 and count(both, black) > count(alone, black) + 300
    path = tmp_path / "fan.png"
    pictures.write_fan_chart(path, imagined, imagined[0], names=list("xyz"), columns=3)
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), both)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((3, 1, 2)),), r"K >= 1. Received: \(3, 1, 2\)"),
        ((np.zeros((3, 4)),), r"Received: \(3, 4\)"),
        ((np.zeros((3, 4, 2)), np.zeros((4, 3))), r"Received: \(4, 3\)"),
        ((np.zeros((3, 4, 2)), None, ["x"]), r"Expected 2 names. Received: \['x'\]"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        pictures.fan_chart(*arguments)
