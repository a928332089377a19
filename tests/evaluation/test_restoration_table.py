import doctest

import numpy as np
import pytest
from PIL import Image

from keras_rlgen.evaluation import RestorationTable, restoration_table
from keras_rlgen.pictures import format_table


def test_it_is_a_table_with_a_picture(tmp_path):
    rows = {"mean fill": {"error": 0.5}, "VAE": {"error": 0.25}}
    samples = {name: np.zeros((5, 4, 4, 1)) for name in rows}
    table = RestorationTable(rows, samples, np.ones((5, 4, 4, 1)))
    assert table == rows
    assert str(table) == format_table(rows)
    sizes = []
    for shown, path in ((None, "all.png"), (["VAE"], "one.png")):
        table.write_picture(tmp_path / path, count=3, rows=shown)
        with Image.open(tmp_path / path) as image:
            sizes.append(image.size)
    assert sizes[0][1] * 2 == sizes[1][1] * 3
    with pytest.raises(ValueError, match=r"Unknown rows: \['GAN'\]. Expected some"):
        table.write_picture(tmp_path / "none.png", rows=["GAN"])


def test_the_example():
    result = doctest.testmod(restoration_table)
    assert result.attempted > 0 and result.failed == 0
