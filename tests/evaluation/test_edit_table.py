import doctest

import numpy as np

from keras_rlgen.evaluation import EditTable, edit_table
from keras_rlgen.pictures import format_table


def test_it_is_a_table_with_samples():
    rows = {"unedited": {"reward": 0.5}, "DQN": {"reward": 0.75}}
    samples = {name: np.zeros((3, 2)) for name in rows}
    counts = {name: np.array([1, 2]) for name in rows}
    table = EditTable(rows, samples, counts, np.arange(3))
    assert table == rows
    assert str(table) == format_table(rows)
    assert table.samples["DQN"].shape == (3, 2)
    assert table.class_counts["DQN"].sum() == len(table.target) == 3


def test_the_example():
    assert doctest.testmod(edit_table).failed == 0
