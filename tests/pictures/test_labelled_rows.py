import doctest
import importlib

import numpy as np
import pytest
from PIL import Image

from keras_rlgen.pictures import image_grid, labelled_rows, write_labelled_rows


def test_each_row_is_below_the_other_and_beside_its_name(tmp_path):
    random = np.random.default_rng(0)
    rows = {"a": random.normal(size=(4, 8, 8, 1)), "longer": np.zeros((4, 8, 8, 1))}
    pixels = labelled_rows(rows, value_range=(-1, 1))
    grid = image_grid(np.concatenate(list(rows.values())), 4, (-1, 1))
    np.testing.assert_array_equal(pixels[:, -grid.shape[1] :], grid)
    names = pixels[:, : -grid.shape[1]]
    middle = len(names) // 2
    dark = [np.argwhere(part < 128) for part in (names[:middle], names[middle:])]
    assert all(len(part) for part in dark)
    assert dark[1][:, 1].max() > dark[0][:, 1].max()
    write_labelled_rows(tmp_path / "rows.png", rows, value_range=(-1, 1))
    with Image.open(tmp_path / "rows.png") as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize("rows", [{}, {"a": np.zeros((2, 3, 3, 1)), "b": [[0.0]]}])
def test_rows_that_do_not_fit_are_refused(rows):
    with pytest.raises(ValueError, match="at least one row of images, all of one sh"):
        labelled_rows(rows)


def test_examples_in_docstrings_run():
    module = importlib.import_module("keras_rlgen.pictures.labelled_rows")
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0
