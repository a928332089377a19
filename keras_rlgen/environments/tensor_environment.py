"""Base class of tensor environments."""

import abc
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.training.stateless_random import validated_seed


class EpisodeState(NamedTuple):
    """The state of a batch of `B` episodes."""

    inner_state: Any  # the environment's own state: tensors (B, ...), in any nest
    elapsed_steps: tf.Tensor  # (B,) int32, steps since the episode began


class StepResult(NamedTuple):
    """The result of a step of `B` environments."""

    observation: tf.Tensor  # (B, *observation_shape) float32, what the step led to
    reward: tf.Tensor  # (B,) float32
    terminated: tf.Tensor  # (B,) bool, nothing follows: the discount is 0
    truncated: tf.Tensor  # (B,) bool, broken off at `max_episode_steps`
    discount: tf.Tensor  # (B,) float32 in [0, 1], the probability that it continues


class TensorEnvironment(abc.ABC):
    """A batch of environments as pure functions of tensors.

    `reset`, `step` and `observe` hold no state and use the seed they are given, so that
    a `tf.function`, with or without `jit_compile=True`, may run many steps of many
    environments in one graph. The same seed gives the same episodes in both, as long as
    a subclass samples integers: under XLA, TensorFlow samples other floats.

    A subclass implements three functions of its own inner state, any nest of tensors
    whose first axis is the batch, of `B` environments:

    - `initial_state(seed, num_environments)` returns the inner state of new episodes;
    - `transition(inner_state, action, seed)` returns the next inner state, the reward,
      float32 `(B,)`, and whether the episode has terminated, bool `(B,)`, or the
      discount, float32 `(B,)` in [0, 1], which is not checked: the probability that the
      episode continues, as a model of an environment predicts it. With a bool the
      discount is 0 or 1; with a discount the episode terminates where it is 0;
    - `observation(inner_state)` returns float32 `(B, *observation_shape)`.

    Actions arrive as int32 `(B,)`, or as float32 `(B, *action.shape)` that may exceed
    the bounds; seeds as int32 `(2,)`, >= 0. This class enforces the step limit.

    Args:
        observation_shape: Tuple, the shape of one environment's observation.
        action: `DiscreteAction` or `ContinuousAction`, the action space.
        max_episode_steps: Integer >= 1. An episode is truncated after this many steps.
        observation_low: Float or array that broadcasts to `observation_shape`, the
            lowest values of observations.
        observation_high: Float or array, the highest values.

    Attributes:
        costly_reset: Whether a reset is expensive, for example a forward pass of a
            network, so that `auto_reset_step` and `next_step_reset` compute it only if
            an episode has ended. `False` by default; a subclass may override it.

    Raises:
        ValueError: If `max_episode_steps` is out of its range.

    Example:

    ```python
    class Walk(TensorEnvironment):
        # A step left or right; at +3 the walk ends with a reward of 1.

        def __init__(self, max_episode_steps=20):
            super().__init__((1,), DiscreteAction(2), max_episode_steps)

        def initial_state(self, seed, num_environments):
            return tf.zeros((num_environments,))

        def transition(self, inner_state, action, seed):
            position = inner_state + 2.0 * tf.cast(action, tf.float32) - 1.0
            terminated = position >= 3.0
            return position, tf.cast(terminated, tf.float32), terminated

        def observation(self, inner_state):
            return inner_state[:, tf.newaxis]


    environment = Walk()
    state = environment.reset(seed=(0, 1), num_environments=8)
    state, result = environment.step(state, tf.ones(8, tf.int32), seed=(0, 2))
    ```
    """

    costly_reset = False
    _inner_spec = None

    def __init__(
        self,
        observation_shape,
        action,
        max_episode_steps,
        observation_low=-np.inf,
        observation_high=np.inf,
    ):
        _check_count("max_episode_steps", max_episode_steps)
        if not all(is_integer(size) and size >= 1 for size in observation_shape):
            raise ValueError(
                "Expected `observation_shape` of positive integers. Received: "
                f"{observation_shape!r}"
            )
        self.observation_shape = tuple(observation_shape)
        self.action = action
        self.max_episode_steps = int(max_episode_steps)
        self.observation_low = self._bound(observation_low)
        self.observation_high = self._bound(observation_high)

    @abc.abstractmethod
    def initial_state(self, seed, num_environments):
        """Returns the inner state of `num_environments` new episodes."""

    @abc.abstractmethod
    def transition(self, inner_state, action, seed):
        """Returns the next inner state, the reward, and the end or the discount."""

    @abc.abstractmethod
    def observation(self, inner_state):
        """Returns the observation of an inner state."""

    def inner_state_of(self, observation):
        """Returns the inner state that observations show, so that one may plan from it.

        A subclass implements it if an observation determines the inner state.

        Args:
            observation: Float32 tensor `(B, *observation_shape)`.

        Raises:
            NotImplementedError: If the subclass has no such method.
        """
        raise NotImplementedError(
            f"`{type(self).__name__}` does not say which inner state an observation "
            "shows. To plan in it, implement `inner_state_of(observation)`."
        )

    def reset(self, seed, num_environments):
        """Begins episodes.

        Args:
            seed: Integer tensor `(2,)`.
            num_environments: Integer >= 1, the size of the batch.

        Returns:
            `EpisodeState`.

        Raises:
            ValueError: If an argument does not fit.
        """
        _check_count("num_environments", num_environments)
        inner_state = self.initial_state(validated_seed(seed), num_environments)
        return EpisodeState(inner_state, tf.zeros((num_environments,), tf.int32))

    def step(self, state, action, seed):
        """Acts once in every environment.

        Reset an episode that has ended before the next step: see
        `keras_rlgen.environments.auto_reset_step`.

        Args:
            state: `EpisodeState` of `B` episodes.
            action: Tensor `(B, *action.shape)`.
            seed: Integer tensor `(2,)`, different in every step.

        Returns:
            A pair: the next `EpisodeState`, and `StepResult`. A last step may be both
            terminated and truncated.

        Raises:
            ValueError: If the action, or what the subclass returns, does not fit.
        """
        if not isinstance(state, EpisodeState):
            raise TypeError(
                "Expected the `EpisodeState` that `reset` or the last `step` returned. "
                f"Received: {state!r}"
            )
        self._check_same_state(state)
        action = self.action.validated(action)
        batch = state.elapsed_steps.shape
        if not action.shape[:1].is_compatible_with(batch):
            raise ValueError(
                f"Expected an action for each of {batch[0]} environments. "
                f"Received: shape {tuple(action.shape)}"
            )
        inner_state, reward, end = self.transition(
            state.inner_state, action, validated_seed(seed)
        )
        terminated, discount = self._end(end, batch)
        state = EpisodeState(inner_state, state.elapsed_steps + 1)
        result = StepResult(
            observation=self.observe(state),
            reward=self._checked("reward", reward, tf.float32, batch),
            terminated=terminated,
            truncated=state.elapsed_steps >= self.max_episode_steps,
            discount=discount,
        )
        return state, result

    def _check_same_state(self, state):
        """Raises `ValueError` if a state has not the form of this environment's."""
        if not tf.executing_eagerly():
            return
        if self._inner_spec is None:
            initial = tf.function(lambda: self.initial_state(tf.constant([0, 0]), 1))
            self._inner_spec = _form(initial.get_concrete_function().structured_outputs)
        if _form(state.inner_state) != self._inner_spec:
            raise ValueError(
                f"Expected a state of `{type(self).__name__}`. Received one whose "
                f"inner state has another form: {_form(state.inner_state)}. Begin with "
                "its `reset`."
            )

    def observe(self, state):
        """Returns the observations, float32 `(B, *observation_shape)`.

        Args:
            state: `EpisodeState` of `B` episodes.

        Raises:
            ValueError: If the subclass returns what does not fit.
        """
        observation = self.observation(state.inner_state)
        expected = state.elapsed_steps.shape + self.observation_shape
        return self._checked("observation", observation, tf.float32, expected)

    def get_config(self):
        return {"max_episode_steps": self.max_episode_steps}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def _end(self, end, batch):
        """Returns `terminated` and `discount`, given either."""
        end = tf.convert_to_tensor(end)
        if end.dtype.is_floating:
            discount = self._checked("discount", end, tf.float32, batch)
            return tf.equal(discount, 0.0), discount
        terminated = self._checked("terminated", end, tf.bool, batch)
        return terminated, tf.where(terminated, 0.0, 1.0)

    def _bound(self, value):
        value = np.broadcast_to(np.float32(value), self.observation_shape)
        return value.copy()

    def _checked(self, name, value, dtype, shape):
        value = tf.convert_to_tensor(value)
        if value.dtype != dtype or not value.shape.is_compatible_with(shape):
            raise ValueError(
                f"`{type(self).__name__}` expected its `{name}` of shape "
                f"{tuple(shape)} and dtype {dtype.name}. Received: shape "
                f"{tuple(value.shape)}, dtype {value.dtype.name}. Fix the function "
                "of the subclass that returns it."
            )
        return value


def _form(inner_state):
    """Returns the structure, shapes and dtypes of an inner state, without the batch."""
    flat = [tf.convert_to_tensor(x) for x in tf.nest.flatten(inner_state)]
    parts = [(tuple(x.shape[1:]), x.dtype.name) for x in flat]
    return str(tf.nest.pack_sequence_as(inner_state, parts)) if parts else "nothing"


def _check_count(name, value):
    if not is_integer(value) or value < 1:
        raise ValueError(
            f"Argument `{name}` must be an integer of at least 1. "
            f"Received: {name}={value!r}"
        )
