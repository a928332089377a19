import numpy as np
import pytest

from keras_rlgen import pictures
from keras_rlgen.pictures import write_curves


def coloured(picture):
    """Where a scatter plot has dots in colour."""
    return np.ptp(picture.astype(int), axis=-1) > 60


def test_scatter_puts_points_where_they_are():
    # A cross of reference points gives the limits of both axes.
    reference = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]])
    centers = {}
    for name, point in {
        "left": (-0.9, 0.0),
        "right": (0.9, 0.0),
        "up": (0, 0.9),
    }.items():
        picture = pictures.scatter(np.tile(point, (20, 1)), reference, "epoch 3")
        assert picture.dtype == np.uint8 and picture.shape == (400, 400, 3)
        centers[name] = np.argwhere(coloured(picture)).mean(axis=0)
    assert centers["left"][1] < 110 and centers["right"][1] > 290
    assert centers["up"][0] < centers["left"][0] - 100


def test_scatter_hides_what_lies_beyond_the_reference():
    reference = np.random.default_rng(0).normal(size=(50, 2))
    far = np.full((20, 2), 100.0)
    assert not coloured(pictures.scatter(far, reference)).any()
    assert coloured(pictures.scatter(far)).any()


def test_no_curves_and_no_path(tmp_path):
    with pytest.raises(ValueError, match="at least one curve"):
        write_curves(tmp_path / "curves.png", {}, "x", "y")
    with pytest.raises(ValueError, match="Expected a path"):
        write_curves(None, {"a": ([0], [1])}, "x", "y")
