"""Episodes that a world model imagines."""

import warnings
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_rlgen.training.stateless_random import validated_seed
from keras_rlgen.world_models.world_checks import check_counts


class Imagined(NamedTuple):
    """A batch of `B` imagined sequences of `T` steps.

    Attributes:
        observation: Array `(B, T + 1, ...)`, the first is where a sequence begins.
        action: Array `(B, T, ...)`.
        reward: Float32 array `(B, T)`.
        terminated: Bool array `(B, T)`, whether the episode ended with the step.
        mask: Bool array `(B, T)`, false for the steps after the end of the episode.
    """

    observation: Any
    action: Any
    reward: Any
    terminated: Any
    mask: Any


class Imagination:
    """Imagines sequences in a `WorldModel`, compiled.

    Args:
        world: `WorldModel`.
    """

    def __init__(self, world):
        self._world = world
        self._rolled = tf.function(self._roll, autograph=False, reduce_retracing=True)
        self._acted = None, None

    def __call__(self, policy, horizon, observations, count, seed):
        """As `WorldModel.imagine`."""
        world = self._world
        actions = None
        if policy is not None and not callable(policy):
            actions = np.asarray(policy)
            count = len(actions) if observations is None else len(observations)
            horizon = self._horizon_of(actions, horizon, count)
        horizon = world.max_episode_steps if horizon is None else horizon
        check_counts(horizon=horizon, count=count)
        if observations is None:
            rows = np.random.default_rng(seed).integers(
                world.starts.shape[0], size=count
            )
            observations = world.starts.numpy()[rows]
        observations = self._checked(observations)
        key = tf.constant([seed, 0], tf.int32)
        if actions is not None:
            result = self._rolled(observations, tf.convert_to_tensor(actions), key)
        else:
            result = self._function_of(policy, horizon)(observations, key)
        return Imagined(*(x.numpy() for x in result))

    def roll(self, observations, actions, seed):
        """Returns what follows given actions, `Imagined` of tensors.

        Args:
            observations: Float32 tensor `(B, ...)`.
            actions: Tensor `(B, T, ...)`.
            seed: Integer.
        """
        return Imagined(*self._rolled(observations, actions, tf.constant([seed, 0])))

    def _horizon_of(self, actions, horizon, count):
        shape = self._world.action.shape
        length = actions.shape[1] if actions.ndim >= 2 else 0
        if actions.shape != (count, length, *shape) or horizon not in (None, length):
            expected = ", ".join(map(str, (count, horizon or "horizon", *shape)))
            raise ValueError(
                f"Expected actions of shape ({expected}). Received: {actions.shape}"
            )
        return length

    def _checked(self, observations):
        observations = np.asarray(observations, "float32")
        shape = self._world.observation_shape
        if observations.shape[1:] != shape or not len(observations):
            raise ValueError(
                "Expected `observations` of shape "
                f"({', '.join(map(str, ('batch', *shape)))}). Received: "
                f"{observations.shape}"
            )
        if not np.isfinite(observations).all():
            raise ValueError(
                "Expected finite `observations`. Received: NaN or infinity"
            )
        distance = float(self._world.distance(observations).max())
        if distance > 0.0:
            warnings.warn(
                f"An observation is {distance:.2g} standard deviations beyond the "
                "range of the training data of this model. What it predicts from there "
                "is a guess.",
                stacklevel=4,
            )
        return tf.constant(observations)

    def _function_of(self, policy, horizon):
        known, function = self._acted
        if known != (policy, horizon):

            def act(observation, index, key):
                if policy is not None:
                    return policy(observation)
                seed = validated_seed(tf.stack([key[0], -1 - index]))
                return self._world.action.sample(seed, tf.shape(observation)[0])

            def function(observations, key):
                return self._loop(observations, horizon, act, key)

            function = tf.function(function, autograph=False, reduce_retracing=True)
            self._acted = (policy, horizon), function
        return function

    def _roll(self, observations, actions, key):
        def act(observation, index, key):
            return tf.gather(actions, index, axis=1)

        return self._loop(observations, tf.shape(actions)[1], act, key)

    def _loop(self, observations, horizon, act, key):
        world = self._world
        state = world.inner_state_of(observations)
        alive = tf.ones(tf.shape(observations)[:1], tf.bool)
        action_dtype = world.action.dtype

        def body(index, state, observation, alive, arrays):
            action = world.action.validated(act(observation, index, key))
            seed = tf.stack([key[0], index + 1])
            following, reward, ended = world.transition(state, action, seed)
            state = tf.nest.map_structure(
                lambda x, like: tf.ensure_shape(x, like.shape), following, state
            )
            observation = tf.ensure_shape(world.observation(state), observations.shape)
            values = observation, action, reward, ended & alive, alive
            arrays = [a.write(index, v) for a, v in zip(arrays, values, strict=True)]
            return index + 1, state, observation, alive & ~ended, arrays

        dtypes = tf.float32, action_dtype, tf.float32, tf.bool, tf.bool
        arrays = [tf.TensorArray(dtype, horizon) for dtype in dtypes]
        *_, arrays = tf.while_loop(
            lambda index, *_: index < horizon,
            body,
            (0, state, observations, alive, arrays),
        )
        stacked = [x.stack() for x in arrays]
        after, *others = (
            tf.transpose(x, (1, 0, *range(2, x.shape.rank))) for x in stacked
        )
        return tf.concat([observations[:, tf.newaxis], after], axis=1), *others
