import numpy as np
import pytest

from keras_rlgen.environments import GridWorld
from keras_rlgen.environments.grid_cells import check_rows, neighbours

KINDS = {"#": "wall", ".": "free", "S": "start", "G": "goal"}


def test_moves_stay_at_walls_borders_and_what_is_blocked():
    grid = np.array([["S", "D", "#"], [".", ".", "G"]])
    cells, targets = neighbours(grid)
    assert cells.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]]
    assert targets[0].tolist() == [0, 1, 2, 0]
    assert targets[1].tolist() == [1, 1, 3, 0]
    assert targets[4].tolist() == [4, 4, 4, 3]
    same, blocked = neighbours(grid, ("#", "D"))
    np.testing.assert_array_equal(same, cells)
    assert blocked[0].tolist() == [0, 0, 2, 0]
    assert blocked[3].tolist() == [3, 4, 3, 2]


def test_a_missing_kind_is_named():
    message = "with at least one start 'S' and one goal 'G'. Received: \\['S.'"
    with pytest.raises(ValueError, match=message):
        check_rows(["S.", ".."], KINDS)
    with pytest.raises(ValueError, match=r"'.' \(free\), 'S' \(start\) and 'G'"):
        check_rows(["S?"], KINDS)
    check_rows(["SG"], KINDS)


def test_a_goal_that_no_start_reaches():
    for rows in (["S#", "#G"], ["SG", "##", "S."]):
        with pytest.raises(ValueError, match="a way to a goal"):
            GridWorld(rows)
    for rows in (None, 5, [[1, 2]]):
        with pytest.raises(TypeError, match="list of strings"):
            GridWorld(rows)
