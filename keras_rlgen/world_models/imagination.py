"""Episodes that a world model imagines."""

import warnings
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_rlgen.environments.simulate import simulate
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
        self._simulate = tf.function(self._simulated, autograph=False)
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
        if callable(policy):
            result = self._function_of(policy, horizon)(
                observations, tf.constant([seed, 0])
            )
        else:
            if actions is None:
                actions = self._random_actions(len(observations), horizon, seed)
            result = self.roll(observations, tf.convert_to_tensor(actions), seed)
        return Imagined(*(x.numpy() for x in result))

    def roll(self, observations, actions, seed):
        """Returns what follows given actions, `Imagined` of tensors.

        Args:
            observations: Float32 tensor `(B, ...)`.
            actions: Tensor `(B, T, ...)`.
            seed: Integer.
        """
        return self._simulate(observations, actions, tf.constant([seed, 0]))

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

    def _random_actions(self, count, horizon, seed):
        actions = self._world.action.sample((seed, 1), count * horizon)
        return tf.reshape(actions, (count, horizon, *actions.shape[1:]))

    def _function_of(self, policy, horizon):
        """Returns the compiled simulation of a policy, traced once for the last one."""
        known, function = self._acted
        if known != (policy, horizon):

            def function(observations, key):
                return self._simulated(observations, policy, key, horizon)

            function = tf.function(function, autograph=False)
            self._acted = (policy, horizon), function
        return function

    def _simulated(self, observations, actions, key, horizon=None):
        simulation = simulate(self._world, observations, actions, key, horizon)
        alive = simulation.survival > 0.0
        # The first is what was given, not what the model makes of it.
        first = observations[:, tf.newaxis]
        return Imagined(
            observation=tf.concat([first, simulation.observation[:, 1:]], axis=1),
            action=simulation.action,
            reward=simulation.reward,
            terminated=alive[:, :-1] & ~alive[:, 1:],
            mask=alive[:, :-1],
        )
