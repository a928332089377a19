import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments.grid_cells import (
    FREE,
    GOAL,
    MOVES,
    START,
    WALL,
    check_rows,
    neighbours,
)
from keras_rlgen.environments.tabular_grid import TabularGrid

KINDS = {WALL: "wall", FREE: "free", START: "start", GOAL: "goal"}


@keras.saving.register_keras_serializable("keras_rlgen")
class GridWorld(TabularGrid):
    """Find the way through a maze, given as rows of text.

    Actions 0 to 3 move one cell up, right, down or left; a move into a wall or the
    border has no effect. Every step has reward -1, and the goal terminates: the return
    is minus the number of steps taken.

    The states are the cells that are not walls, counted row by row. An observation is
    the one-hot state, float32 `(num_states,)`: a `Dense` layer without a bias is then a
    table.

    Args:
        rows: Sequence of strings of one length: `#` a wall, `.` a free cell, `S` a
            start, `G` a goal. An episode starts in one of the starts, sampled
            uniformly.
        max_episode_steps: Integer >= 1.

    Attributes:
        cells: Int array `(num_states, 2)`, the row and column of each state.
        transitions: Float32 array `(num_states, 4, num_states)`, the probability (0 or
            1) of the next state, given state and action. Goals lead to themselves.
        rewards: Float32 array `(num_states, 4)`, -1, and 0 in goals.
            `keras_rlgen.planning` takes the two tables.

    Raises:
        TypeError: If `rows` is a single string.
        ValueError: If the rows differ in length, hold another character, or have no
            start or no goal.

    Reference:

    - [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html), example
      4.1, is `GridWorld(["GSSS", "SSSS", "SSSS", "SSSG"])`.

    Example:

    >>> environment = GridWorld(["S.#", "#.G"])
    >>> environment.cells.tolist()
    [[0, 0], [0, 1], [1, 1], [1, 2]]
    >>> state = environment.reset(seed=(0, 1), num_environments=1)
    >>> for right_down_right in (1, 2, 1):
    ...     action = tf.constant([right_down_right])
    ...     state, result = environment.step(state, action, seed=(0, 2))
    >>> result.observation.numpy().tolist(), bool(result.terminated[0])
    ([[0.0, 0.0, 0.0, 1.0]], True)
    """

    def __init__(self, rows, max_episode_steps=100):
        check_rows(rows, KINDS)
        grid = np.array([list(row) for row in rows])
        self.cells, successors = neighbours(grid)
        kinds = grid[tuple(self.cells.T)]
        goals = kinds == GOAL
        rewards = np.where(goals, 0.0, -1.0).astype("float32")
        super().__init__(
            rows,
            successors,
            starts=np.flatnonzero(kinds == START),
            goals=goals,
            rewards=lambda following: np.repeat(rewards[:, None], len(MOVES), axis=1),
            num_features=len(self.cells),
            max_episode_steps=max_episode_steps,
        )

    def observation(self, inner_state):
        return tf.one_hot(inner_state, len(self.cells))

    def inner_state_of(self, observation):
        return tf.argmax(observation, axis=-1, output_type=tf.int32)
