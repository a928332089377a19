import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import check_no_class
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import integers


class GivenStarts(TensorEnvironment):
    """A wrapper whose episodes begin in given states.

    Each episode begins in one of them, sampled uniformly with the seed of `reset`.
    Everything else is that of `environment`: transitions, observations, actions and the
    step limit, counted from the sampled state.

    The states are held in variables. `assign_starts` replaces them by as many others,
    without retracing.

    An agent of `keras_rlgen.agents` is saved without such an environment: pass it to
    `PPO.load(path, environment=...)`.

    Args:
        environment: `TensorEnvironment`.
        inner_states: Inner states of `environment`, its nest of tensors or arrays
            `(M, ...)`, `M` >= 1: a `CartPole`, for example, has one array `(M, 4)`.

    Attributes:
        environment: The wrapped environment.
        starts: Nest of `tf.Variable`, the states.
        num_starts: Integer, `M`.

    Raises:
        ValueError: If the states have another structure, shape or dtype, differ in
            number, are not finite, or there are none.

    Example:

    >>> from keras_rlgen.environments import CartPole
    >>> leaning = np.zeros((2, 4), "float32")
    >>> leaning[:, 2] = [-0.125, 0.125]  # radians
    >>> environment = GivenStarts(CartPole(), leaning)
    >>> state = environment.reset(seed=(0, 1), num_environments=8)
    >>> np.unique(environment.observe(state)[:, 2]).tolist()
    [-0.125, 0.125]
    """

    def __init__(self, environment, inner_states):
        check_no_class("environment", environment)
        super().__init__(
            environment.observation_shape,
            environment.action,
            environment.max_episode_steps,
            environment.observation_low,
            environment.observation_high,
        )
        self.environment = environment
        self._like = environment.reset((0, 0), 1).inner_state
        starts = self._validated(inner_states)
        self.num_starts = int(tf.nest.flatten(starts)[0].shape[0])
        self.starts = tf.nest.map_structure(
            lambda values: tf.Variable(values, trainable=False), starts
        )

    def assign_starts(self, inner_states):
        """Replaces the states in which episodes begin.

        Args:
            inner_states: As in the constructor, and of the same number.

        Raises:
            ValueError: If they do not fit.
        """
        starts = self._validated(inner_states)
        count = tf.nest.flatten(starts)[0].shape[0]
        if count != self.num_starts:
            raise ValueError(
                f"Expected {self.num_starts} states, as many as there were. Received: "
                f"{count}. Sample {self.num_starts} of them, with replacement if "
                "there are fewer."
            )
        tf.nest.map_structure(
            lambda variable, values: variable.assign(values), self.starts, starts
        )

    def initial_state(self, seed, num_environments):
        chosen = integers((num_environments,), seed, self.num_starts)
        return tf.nest.map_structure(
            lambda variable: tf.gather(variable, chosen), self.starts
        )

    def transition(self, inner_state, action, seed):
        return self.environment.transition(inner_state, action, seed)

    def observation(self, inner_state):
        return self.environment.observation(inner_state)

    def _validated(self, inner_states):
        """Validates the states against the environment's own, and returns tensors."""
        name = type(self.environment).__name__
        try:
            tf.nest.assert_same_structure(self._like, inner_states)
        except (TypeError, ValueError) as error:
            expected = tf.nest.map_structure(lambda like: like.dtype.name, self._like)
            received = tf.nest.map_structure(lambda value: type(value), inner_states)
            raise ValueError(
                f"Expected inner states of a `{name}`, a nest like {expected}. "
                f"Received: {received}. Take them from `state.inner_state`, and make "
                "arrays of lists."
            ) from error
        states = tf.nest.map_structure(
            lambda like, value: _as_states(like, value, name), self._like, inner_states
        )
        counts = [int(state.shape[0]) for state in tf.nest.flatten(states)]
        if len(set(counts)) != 1 or counts[0] == 0:
            raise ValueError(
                "Expected parts of as many inner states each, at least one. "
                f"Received parts of {counts} states."
            )
        return states


def _as_states(like, value, name):
    """Returns one part of the states as a tensor `(M, ...)`."""
    value = value if tf.is_tensor(value) else np.asarray(value)
    dtype, shape = tf.as_dtype(value.dtype), tf.TensorShape(value.shape)
    fits = (
        shape.rank is not None
        and shape.rank > 0
        and shape[1:] == like.shape[1:]
        and (dtype.is_floating, dtype.is_integer)
        == (like.dtype.is_floating, like.dtype.is_integer)
    )
    if fits and dtype.is_floating and not np.isfinite(value).all():
        raise ValueError(
            f"Expected finite inner states of a `{name}`. Received NaN or infinity."
        )
    if not fits:
        expected = ", ".join(["M", *map(str, like.shape[1:])])
        raise ValueError(
            f"Expected inner states of a `{name}`, of shape ({expected}) and dtype "
            f"{like.dtype.name}. Received: shape {tuple(shape)}, dtype {dtype.name}."
        )
    return tf.cast(value, like.dtype)
