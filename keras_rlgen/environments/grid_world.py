import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import check_number
from keras_rlgen.environments.grid_cells import (
    FREE,
    GOAL,
    START,
    WALL,
    check_reachable,
    check_rows,
    neighbours,
)
from keras_rlgen.environments.tabular_grid import TabularGrid

KINDS = {WALL: "wall", FREE: "free", START: "start", GOAL: "goal"}


@keras.saving.register_keras_serializable("keras_rlgen")
class GridWorld(TabularGrid):
    """Find the way through a maze, given as rows of text.

    Actions 0 to 3 move one cell up, right, down or left; a move into a wall or the
    border has no effect. By default every step has reward -1, and the goal terminates:
    the return is minus the number of steps taken.

    The states are the cells that are not walls, counted row by row. An observation is
    the one-hot state, float32 `(num_states,)`: a `Dense` layer without a bias is then a
    table.

    Args:
        rows: Sequence of strings of one length: `#` a wall, `.` a free cell, `S` a
            start, `G` a goal. An episode starts in one of the starts, sampled
            uniformly.
        max_episode_steps: Integer >= 1.
        step_reward: Float, the reward of a step. Defaults to -1.
        goal_reward: Float, the reward of the step that reaches a goal. By default that
            of any step.

    Attributes:
        cells: Int array `(num_states, 2)`, the row and column of each state.
        transitions: Float32 array `(num_states, 4, num_states)`, the probability (0 or
            1) of the next state, given state and action. Goals lead to themselves.
        rewards: Float32 array `(num_states, 4)`, of each move, and 0 in goals.
            `keras_rlgen.planning` takes the two tables.

    Raises:
        TypeError: If `rows` is a single string.
        ValueError: If the rows differ in length, hold another character, or have no
            start or no goal.

    Reference:

    - [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html), example
      4.1, is `GridWorld(["GSSS", "SSSS", "SSSS", "SSSG"])`; the maze of its section
      8.2, for which `agents.DynaQ` was made, has `step_reward=0.0, goal_reward=1.0`.

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

    def __init__(self, rows, max_episode_steps=100, step_reward=-1.0, goal_reward=None):
        check_rows(rows, KINDS)
        grid = np.array([list(row) for row in rows])
        self.cells, successors = neighbours(grid)
        kinds = grid[tuple(self.cells.T)]
        goals = kinds == GOAL
        check_reachable(successors, np.flatnonzero(kinds == START), goals, rows)
        check_number("step_reward", step_reward)
        if goal_reward is not None:
            check_number("goal_reward", goal_reward)
        self.step_reward, self.goal_reward = float(step_reward), goal_reward
        reached = self.step_reward if goal_reward is None else float(goal_reward)

        def rewards(following):
            rewards = np.where(goals[following], reached, self.step_reward)
            return np.where(goals[:, None], 0.0, rewards).astype("float32")

        super().__init__(
            rows,
            successors,
            starts=np.flatnonzero(kinds == START),
            goals=goals,
            rewards=rewards,
            num_features=len(self.cells),
            max_episode_steps=max_episode_steps,
        )

    def observation(self, inner_state):
        return tf.one_hot(inner_state, len(self.cells))

    def inner_state_of(self, observation):
        return tf.argmax(observation, axis=-1, output_type=tf.int32)

    def get_config(self):
        rewards = {"step_reward": self.step_reward, "goal_reward": self.goal_reward}
        return {**super().get_config(), **rewards}
