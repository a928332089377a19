"""Base class of the grids whose states are numbered."""

import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.grid_cells import MOVES
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import integers


class TabularGrid(TensorEnvironment):
    """Base class of the grids whose states are numbered, with tables for `planning`.

    A goal leads to itself and terminates. A subclass implements `observation`.

    Args:
        rows: Sequence of strings, the argument of the subclass.
        successors: Int array `(num_states, 4)`, where each move leads; goals are made
            to lead to themselves.
        starts: Int array, the states in which an episode starts, each as likely.
        goals: Bool array `(num_states,)`.
        rewards: Function of the successors that returns a float32 array
            `(num_states, 4)`.
        num_features: Integer, the size of an observation; its numbers are in [0, 1].
        max_episode_steps: As in `TensorEnvironment`.

    Attributes:
        transitions: Float32 array `(num_states, 4, num_states)`, the probability (0 or
            1) of the next state, given state and action.
        rewards: Float32 array `(num_states, 4)`.
    """

    def __init__(
        self, rows, successors, starts, goals, rewards, num_features, max_episode_steps
    ):
        super().__init__(
            observation_shape=(num_features,),
            action=DiscreteAction(len(MOVES)),
            max_episode_steps=max_episode_steps,
            observation_low=0.0,
            observation_high=1.0,
        )
        self.rows = list(rows)
        self._starts = np.asarray(starts, "int32")
        self._goals = np.asarray(goals)
        own = np.arange(len(successors))[:, np.newaxis]
        successors = np.where(self._goals[:, np.newaxis], own, successors)
        self._successors = successors.astype("int32")
        self.rewards = rewards(self._successors)

    @property
    def transitions(self):
        return np.eye(len(self._successors), dtype="float32")[self._successors]

    def initial_state(self, seed, num_environments):
        chosen = integers((num_environments,), seed, len(self._starts))
        return tf.gather(self._starts, chosen)

    def transition(self, inner_state, action, seed):
        at = tf.stack([inner_state, action], axis=1)
        inner_state = tf.gather_nd(self._successors, at)
        reward = tf.gather_nd(self.rewards, at)
        return inner_state, reward, tf.gather(self._goals, inner_state)

    def get_config(self):
        return {"rows": self.rows, **super().get_config()}
