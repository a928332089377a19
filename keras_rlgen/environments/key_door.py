import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments.grid_cells import (
    FREE,
    GOAL,
    START,
    WALL,
    check_rows,
    neighbours,
)
from keras_rlgen.environments.tabular_grid import TabularGrid

KEY, DOOR = "KD"
KINDS = {
    WALL: "wall",
    FREE: "free",
    START: "start",
    KEY: "key",
    DOOR: "door",
    GOAL: "goal",
}
TWO_ROOMS = (
    "S.......#........",
    "........#........",
    "........#........",
    "........#........",
    "........D........",
    "........#........",
    "........#........",
    "........#........",
    "K.......#.......G",
)


@keras.saving.register_keras_serializable("keras_rlgen")
class KeyDoor(TabularGrid):
    """Fetch a key, pass a door and reach a goal, for a single reward at the end.

    Actions 0 to 3 move one cell up, right, down or left; a move into a wall or the
    border has no effect. Entering the cell of a key takes the key, for the rest of the
    episode. Without one a door is a wall. The step that reaches the goal has reward 1
    and terminates; all other steps have reward 0. Nothing can be learned before
    exploration finds the goal.

    Observation, float32 `(3,)`, each in [0, 1]: the row, divided by that of the last,
    the column likewise, and 1 with the key or 0 without. The states, as `transitions`
    numbers them, are the cells that are not walls, row by row, first all without the
    key, then all with it.

    Args:
        rows: Sequence of strings of one length: `#` a wall, `.` a free cell, `S` a
            start, `K` a key, `D` a door, `G` a goal. An episode starts in one of the
            starts, sampled uniformly. Defaults to two rooms of 9 x 8 cells with a door
            between them: 32 moves at least.
        max_episode_steps: Integer >= 1.

    Attributes:
        cells: Int array `(num_cells, 2)`, the row and column of each cell.
        transitions: Float32 array `(num_states, 4, num_states)`, the probability (0 or
            1) of the next state, given state and action. Goals lead to themselves.
        rewards: Float32 array `(num_states, 4)`, 1 for a step that reaches a goal, else
            0. `keras_rlgen.planning` takes the two tables.

    Raises:
        TypeError: If `rows` is a single string.
        ValueError: If the rows differ in length, hold another character, or lack a
            start, a key, a door or a goal.

    Reference:

    - The task is that of `MiniGrid-DoorKey` ([Chevalier-Boisvert et al.,
      2023](https://arxiv.org/abs/2306.13831)), with moves in place of turns, the whole
      state observed, and no action to pick up or to open.

    Example:

    >>> environment = KeyDoor(["KSDG"])
    >>> state = environment.reset(seed=(0, 1), num_environments=1)
    >>> rewards = []
    >>> for left_right_right_right in (3, 1, 1, 1):
    ...     action = tf.constant([left_right_right_right])
    ...     state, result = environment.step(state, action, seed=(0, 2))
    ...     rewards.append(float(result.reward[0]))
    >>> rewards, bool(result.terminated[0])
    ([0.0, 0.0, 0.0, 1.0], True)
    """

    def __init__(self, rows=TWO_ROOMS, max_episode_steps=100):
        check_rows(rows, KINDS)
        grid = np.array([list(row) for row in rows])
        self.cells, with_key = neighbours(grid)
        _, without_key = neighbours(grid, (WALL, DOOR))
        kinds = grid[tuple(self.cells.T)]
        num_cells = len(self.cells)
        without_key = without_key + num_cells * (kinds[without_key] == KEY)
        goals = np.tile(kinds == GOAL, 2)
        last = np.maximum(np.array(grid.shape) - 1, 1)
        has_key = np.repeat([0.0, 1.0], num_cells)
        self._observations = np.column_stack(
            [np.tile(self.cells / last, (2, 1)), has_key]
        ).astype("float32")
        super().__init__(
            rows,
            np.concatenate([without_key, num_cells + with_key]),
            starts=np.flatnonzero(kinds == START),
            goals=goals,
            rewards=lambda following: (goals[following] & ~goals[:, None]).astype(
                "float32"
            ),
            num_features=3,
            max_episode_steps=max_episode_steps,
        )

    def observation(self, inner_state):
        return tf.gather(self._observations, inner_state)
