import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.environments.grid_cells import FREE, GOAL, START, WALL
from keras_rlgen.environments.key_door import DOOR, KEY
from keras_rlgen.environments.tabular_grid import TabularGrid
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.identifiers import with_objects

BRIGHTNESS = {WALL: 0.4, FREE: 0.0, START: 0.0, GOAL: 0.7, KEY: 0.55, DOOR: 0.25}
WITHOUT_IT = {KEY, DOOR}  # what is gone once the key is taken
AGENT = 1.0


@keras.saving.register_keras_serializable("keras_rlgen")
class DrawnGrid(TensorEnvironment):
    """A grid, such as `GridWorld` or `KeyDoor`, whose observation is a picture.

    To learn from pixels where everything is known: actions, rewards and states are
    those of the grid. Each cell is a square of equal brightness: free cells 0, doors
    0.25, walls and what is outside 0.4, keys 0.55, goals 0.7, the agent 1. A key that
    was taken is not drawn, nor is the door then.

    Observation, float32 `(size, size, 1)`, in [0, 1].

    Args:
        grid: `GridWorld` or `KeyDoor`.
        size: Integer, the pixels of a side, at least the number of rows and of columns.

    Attributes:
        grid: The grid, with its tables for `keras_rlgen.planning`.
        images: Float32 array `(num_states, size, size, 1)`, the picture of each state.

    Raises:
        TypeError: If `grid` is something else.
        ValueError: If the picture is too small.

    Example:

    >>> from keras_rlgen.environments import GridWorld
    >>> environment = DrawnGrid(GridWorld(["SG"]), size=4)
    >>> state = environment.reset(seed=(0, 1), num_environments=1)
    >>> environment.observe(state)[0, :, :, 0].numpy()
    array([[1. , 1. , 0.7, 0.7],
           [1. , 1. , 0.7, 0.7],
           [0.4, 0.4, 0.4, 0.4],
           [0.4, 0.4, 0.4, 0.4]], dtype=float32)
    """

    def __init__(self, grid, size=32):
        if not isinstance(grid, TabularGrid):
            raise TypeError(
                "Expected `grid` to be a `GridWorld` or a `KeyDoor`. Received: "
                f"{grid!r} of type {type(grid).__name__}"
            )
        longest = max(len(grid.rows), len(grid.rows[0]))
        if not is_integer(size) or size < longest:
            raise ValueError(
                f"Expected `size` of at least {longest} pixels, one for each cell. "
                f"Received: {size!r}"
            )
        super().__init__((size, size, 1), grid.action, grid.max_episode_steps, 0.0, 1.0)
        self.grid, self.size = grid, size
        self.images = _images(grid, size, size // longest)

    def initial_state(self, seed, num_environments):
        return self.grid.initial_state(seed, num_environments)

    def transition(self, inner_state, action, seed):
        return self.grid.transition(inner_state, action, seed)

    def observation(self, inner_state):
        return tf.gather(self.images, inner_state)

    def get_config(self):
        grid = keras.saving.serialize_keras_object(self.grid)
        return {"grid": grid, "size": self.size}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "grid"))


def _images(grid, size, scale):
    """Returns the picture of each state."""
    characters = np.array([list(row) for row in grid.rows])
    images = []
    for state in range(len(grid.rewards)):
        has_key, cell = divmod(state, len(grid.cells))
        cells = np.vectorize(BRIGHTNESS.get)(characters)
        if has_key:
            cells[np.isin(characters, list(WITHOUT_IT))] = 0.0
        cells[tuple(grid.cells[cell])] = AGENT
        image = np.full((size, size), BRIGHTNESS[WALL])
        drawn = np.kron(cells, np.ones((scale, scale)))
        image[: drawn.shape[0], : drawn.shape[1]] = drawn
        images.append(image)
    return np.stack(images)[..., np.newaxis].astype("float32")
