import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import uniform


@keras.saving.register_keras_serializable("keras_rlgen")
class TabularProcess(TensorEnvironment):
    """A Markov decision process given by its tables, true or estimated from data.

    The tables are those that `keras_rlgen.planning` takes: one may solve the process by
    `value_iteration`, train agents in it and plan in it by `agents.Planner`. An
    observation is the one-hot state, float32 `(num_states,)`.

    Args:
        transitions: Float array `(S, A, S)`, the probability of the next state, given
            state and action.
        rewards: Float array `(S, A)`, the reward of a step; its expectation where it is
            random.
        starts: Float array `(S,)`, the probability that an episode starts in a state.
            Defaults to equal ones.
        terminal: Bool array `(S,)`, the states that end an episode. Defaults to none.
        max_episode_steps: Integer >= 1.

    Raises:
        ValueError: If a shape does not fit, a reward is not finite, or probabilities
            are negative or do not add up to 1.

    Example:

    >>> process = TabularProcess([[[0.0, 1.0]], [[1.0, 0.0]]], [[1.0], [2.0]])
    >>> state = process.reset(seed=(0, 1), num_environments=1)
    >>> before = int(state.inner_state[0])
    >>> state, result = process.step(state, tf.constant([0]), seed=(0, 2))
    >>> int(state.inner_state[0]) == 1 - before, float(result.reward[0]) == before + 1
    (True, True)
    """

    def __init__(
        self, transitions, rewards, starts=None, terminal=None, max_episode_steps=100
    ):
        self.transitions = np.asarray(transitions, "float32")
        self.rewards = np.asarray(rewards, "float32")
        shape = self.transitions.shape
        if len(shape) != 3 or shape[0] != shape[2] or self.rewards.shape != shape[:2]:
            raise ValueError(
                "Expected `transitions` of shape (states, actions, states) and "
                f"`rewards` of shape (states, actions). Received: {shape} and "
                f"{self.rewards.shape}"
            )
        num_states, num_actions, _ = shape
        if starts is None:
            starts = np.full(num_states, 1.0 / num_states)
        self.starts = np.asarray(starts, "float32")
        self.terminal = np.zeros(num_states, bool)
        if terminal is not None:
            self.terminal = np.asarray(terminal, bool)
        for name in "starts", "terminal":
            if getattr(self, name).shape != (num_states,):
                raise ValueError(
                    f"Expected `{name}` of shape ({num_states},), one for each state. "
                    f"Received: {getattr(self, name).shape}"
                )
        _check_distributions("transitions", self.transitions)
        _check_distributions("starts", self.starts)
        if not np.isfinite(self.rewards).all():
            raise ValueError(
                "Expected finite `rewards`. Received one that is not at (state, "
                f"action) = {tuple(np.argwhere(~np.isfinite(self.rewards))[0])}."
            )
        super().__init__(
            (num_states,),
            DiscreteAction(num_actions),
            max_episode_steps,
            observation_low=0.0,
            observation_high=1.0,
        )

    def initial_state(self, seed, num_environments):
        starts = tf.tile(self.starts[None], [num_environments, 1])
        return _sampled(starts, seed)

    def transition(self, inner_state, action, seed):
        at = tf.stack([inner_state, action], axis=1)
        reward = tf.gather_nd(self.rewards, at)
        following = _sampled(tf.gather_nd(self.transitions, at), seed)
        return following, reward, tf.gather(self.terminal, following)

    def observation(self, inner_state):
        return tf.one_hot(inner_state, self.observation_shape[0])

    def inner_state_of(self, observation):
        return tf.argmax(observation, axis=-1, output_type=tf.int32)

    def get_config(self):
        tables = {
            name: getattr(self, name).tolist()
            for name in ("transitions", "rewards", "starts", "terminal")
        }
        return {**tables, **super().get_config()}


def _sampled(probabilities, seed):
    """Samples from distributions `(B, S)`, int32 `(B,)`."""
    chance = uniform((probabilities.shape[0], 1), seed, 0.0, 1.0)
    cumulated = tf.math.cumsum(probabilities, axis=-1)
    is_below = cumulated <= chance * cumulated[:, -1:]
    index = tf.reduce_sum(tf.cast(is_below, tf.int32), axis=-1)
    return tf.minimum(index, probabilities.shape[1] - 1)


def _check_distributions(name, probabilities):
    sums = probabilities.sum(axis=-1)
    wrong = ~np.isclose(sums, 1.0, rtol=0.0, atol=1e-4)
    wrong |= (probabilities < 0.0).any(axis=-1)
    if wrong.any():
        at = tuple(np.argwhere(wrong)[0].tolist())
        raise ValueError(
            f"Expected `{name}` to hold probabilities >= 0 that add up to 1. Received "
            f"at {list(at)}: a sum of {sums[at]:.6g} and a least number of "
            f"{probabilities[at].min():.6g}. Divide by the sum."
        )
