import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import integers

WALL, FREE, START, GOAL = "#.SG"
MOVES = np.array([(-1, 0), (0, 1), (1, 0), (0, -1)])  # up, right, down, left


@keras.saving.register_keras_serializable("keras_rlgen")
class GridWorld(TensorEnvironment):
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
        _check_rows(rows)
        self.rows = list(rows)
        grid = np.array([list(row) for row in self.rows])
        self.cells = np.argwhere(grid != WALL)
        kinds = grid[tuple(self.cells.T)]
        self._starts = np.flatnonzero(kinds == START).astype("int32")
        self._goals = kinds == GOAL
        self._successors = self._all_successors(grid)
        self.rewards = np.where(self._goals, 0.0, -1.0).astype("float32")
        self.rewards = np.repeat(self.rewards[:, np.newaxis], len(MOVES), axis=1)
        super().__init__(
            observation_shape=(len(self.cells),),
            action=DiscreteAction(len(MOVES)),
            max_episode_steps=max_episode_steps,
            observation_low=0.0,
            observation_high=1.0,
        )

    @property
    def transitions(self):
        return np.eye(len(self.cells), dtype="float32")[self._successors]

    def initial_state(self, seed, num_environments):
        chosen = integers((num_environments,), seed, len(self._starts))
        return tf.gather(self._starts, chosen)

    def transition(self, inner_state, action, seed):
        at = tf.stack([inner_state, action], axis=1)
        inner_state = tf.gather_nd(self._successors, at)
        reward = tf.gather_nd(self.rewards, at)
        return inner_state, reward, tf.gather(self._goals, inner_state)

    def observation(self, inner_state):
        return tf.one_hot(inner_state, len(self.cells))

    def get_config(self):
        return {"rows": self.rows, **super().get_config()}

    def _all_successors(self, grid):
        """Returns the next state of each state and action, int32 `(num_states, 4)`."""
        numbers = np.full(grid.shape, -1)
        numbers[tuple(self.cells.T)] = np.arange(len(self.cells))
        around = np.pad(numbers, 1, constant_values=-1)
        targets = self.cells[:, np.newaxis] + MOVES + 1
        successors = around[targets[..., 0], targets[..., 1]]
        own = np.arange(len(self.cells))[:, np.newaxis]
        stays = (successors == -1) | self._goals[:, np.newaxis]
        return np.where(stays, own, successors).astype("int32")


def _check_rows(rows):
    if isinstance(rows, str):
        raise TypeError(
            "Expected `rows` as a sequence of strings. Received a single string: "
            f"{rows!r}. Split it: `rows.split()`."
        )
    if len({len(row) for row in rows}) != 1:
        raise ValueError(
            "Expected `rows` of one length. Received rows of lengths "
            f"{[len(row) for row in rows]}. Fill the shorter ones up with '{WALL}'."
        )
    characters = set("".join(rows))
    unknown = characters - {WALL, FREE, START, GOAL}
    if unknown:
        raise ValueError(
            f"Expected `rows` of '{WALL}' (wall), '{FREE}' (free), '{START}' (start) "
            f"and '{GOAL}' (goal). Received: {sorted(unknown)}"
        )
    if not {START, GOAL} <= characters:
        raise ValueError(
            f"Expected `rows` with at least one start '{START}' and one goal '{GOAL}'. "
            f"Received: {rows}"
        )
