import numpy as np

from keras_rlgen import environments
from keras_rlgen.environments import ContinuousAction, DiscreteAction, frame_function


class GymnasiumWorld:
    """An environment of Gymnasium, in which one episode is played.

    It has the methods of `TensorWorld`. It cannot start from an observation.

    Args:
        environment: As in `environments.make_vector_environment`.
        seed: Integer >= 0, of the first episode.

    Attributes:
        action: The action space.
        observation_shape: Tuple.

    Raises:
        ValueError: If actions are neither discrete nor continuous.
    """

    def __init__(self, environment, seed=0):
        # Gymnasium is imported when it is needed.
        self._vector = environments.make_vector_environment(
            environment, num_environments=1
        )
        self._name, self._seed = environment, seed
        space = self._vector.single_observation_space
        self.observation_shape = tuple(space.shape or ())
        self._bounds = getattr(space, "low", -np.inf), getattr(space, "high", np.inf)
        self.action = _action_of(self._vector.single_action_space)

    def reset(self):
        """As `TensorWorld.reset`."""
        seed, self._seed = self._seed, None
        observation, _ = self._vector.reset(seed=seed)
        return observation[0]

    def start_from(self, observation):
        """Returns `None`: it cannot."""
        return None

    def step(self, action):
        """As `TensorWorld.step`."""
        observation, reward, terminated, truncated, _ = self._vector.step(
            np.asarray(action)[np.newaxis]
        )
        return (
            observation[0].copy(),
            float(reward[0]),
            bool(terminated[0]),
            bool(truncated[0]),
        )

    def distance(self, observation):
        """Returns `None`: reality has no training data."""
        return None

    def frame_function(self):
        """As `TensorWorld.frame_function`."""
        return frame_function(self._name, self.observation_shape, *self._bounds)


def _action_of(space):
    if hasattr(space, "n"):
        return DiscreteAction(int(space.n))
    if hasattr(space, "low"):
        return ContinuousAction(space.low, space.high)
    raise ValueError(
        "Expected discrete or continuous actions, for a person to choose from. "
        f"Received: {space}"
    )
