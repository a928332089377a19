"""Cells of grids that are given as rows of text."""

import numpy as np

WALL, FREE, START, GOAL = "#.SG"
MOVES = np.array([(-1, 0), (0, 1), (1, 0), (0, -1)])  # up, right, down, left


def check_rows(rows, kinds):
    """Validates the rows of a grid.

    Args:
        rows: Sequence of strings of one length.
        kinds: Dict from the characters that stand for something to what they stand
            for. All but walls and free cells have to be there.

    Raises:
        TypeError: If `rows` is a single string.
        ValueError: If the rows differ in length, hold another character, or lack one.
    """
    if isinstance(rows, str):
        raise TypeError(
            "Expected `rows` as a sequence of strings. Received a single string: "
            f"{rows!r}. Split it: `rows.split()`."
        )
    if not isinstance(rows, (list, tuple)) or not all(
        isinstance(row, str) for row in rows
    ):
        raise TypeError(
            f"Expected `rows` as a list of strings. Received: {rows!r} of type "
            f"{type(rows).__name__}"
        )
    if len({len(row) for row in rows}) != 1:
        raise ValueError(
            "Expected `rows` of one length. Received rows of lengths "
            f"{[len(row) for row in rows]}. Fill the shorter ones up with '{WALL}'."
        )
    characters = set("".join(rows))
    unknown = characters - set(kinds)
    if unknown:
        raise ValueError(
            f"Expected `rows` of {_listed(kinds)}. Received: {sorted(unknown)}"
        )
    required = {key: kind for key, kind in kinds.items() if key not in (WALL, FREE)}
    if not characters >= set(required):
        named = " and ".join(f"one {kind} '{key}'" for key, kind in required.items())
        raise ValueError(f"Expected `rows` with at least {named}. Received: {rows}")


def neighbours(grid, blocked=(WALL,)):
    """Returns the cells of a grid, and where each move leads.

    Args:
        grid: Array of characters `(rows, columns)`.
        blocked: Characters that a move cannot enter.

    Returns:
        A pair: the row and the column of each cell that is no wall, counted row by row,
        int `(num_cells, 2)`; and the number of the cell that each of `MOVES` leads to,
        the cell's own if it is blocked or beyond the border, int `(num_cells, 4)`.

    Example:

    >>> cells, targets = neighbours(np.array([["S", "."], ["#", "G"]]))
    >>> cells.tolist(), targets.tolist()
    ([[0, 0], [0, 1], [1, 1]], [[0, 1, 0, 0], [1, 1, 2, 0], [1, 2, 2, 2]])
    """
    cells = np.argwhere(grid != WALL)
    numbers = np.full(grid.shape, -1)
    numbers[tuple(cells.T)] = np.arange(len(cells))
    numbers[np.isin(grid, blocked)] = -1
    around = np.pad(numbers, 1, constant_values=-1)
    at = cells[:, np.newaxis] + MOVES + 1
    targets = around[at[..., 0], at[..., 1]]
    own = np.arange(len(cells))[:, np.newaxis]
    return cells, np.where(targets == -1, own, targets)


def _listed(kinds):
    *first, last = (f"'{key}' ({kind})" for key, kind in kinds.items())
    return f"{', '.join(first)} and {last}"


def check_reachable(successors, starts, goals, rows):
    """Raises an error if no goal can be reached from a start.

    Args:
        successors: Int array `(num_cells, num_actions)`, where each action leads.
        starts: Int array, the cells in which episodes begin.
        goals: Bool array `(num_cells,)`.
        rows: What the user gave, for the error.

    Raises:
        ValueError: If a start has no way to a goal.
    """
    reaching = goals.copy()
    for _ in range(len(goals)):
        reaching |= reaching[successors].any(axis=1)
    if not reaching[starts].all():
        raise ValueError(
            "Expected `rows` in which each start 'S' has a way to a goal 'G'. "
            f"Received: {rows!r}, where one has none. Open a wall."
        )
