"""Observations and actions as an environment gives and takes them."""

import functools

import numpy as np
import tensorflow as tf

from keras_rlgen.agents.loop.clipped_actions import clipped_actions
from keras_rlgen.agents.loop.observation_batch import observation_batch


class EnvironmentTerms:
    """Translates between an environment's spaces and the tensors of a policy.

    An environment of Gymnasium may observe integers, and count its actions from another
    number than 0; the networks of an agent have one-hot vectors, and count from 0.

    Args:
        specs: `EnvironmentSpecs`. Without `spaces`, as of a tensor environment, both
            sides are the same.
    """

    def __init__(self, specs):
        self.specs = specs
        # For the number of observations of the last calls.
        self._conversions = functools.lru_cache(maxsize=4)(self._make_conversions)

    @functools.cached_property
    def spaces(self):
        """The pair of spaces of the environment, or `None`."""
        if self.specs.spaces is None:
            return None
        from keras_rlgen.environments.gymnasium.space_config import space_from_config

        return tuple(space_from_config(config) for config in self.specs.spaces)

    def _make_conversions(self, count):
        from keras_rlgen.environments.gymnasium.actions import action_conversion
        from keras_rlgen.environments.gymnasium.observations import (
            observation_conversion,
        )

        observation, action = self.spaces
        return (
            observation_conversion(observation, count),
            action_conversion(action, count),
        )

    def batch(self, observations):
        """Returns observations as a batch of the policy's tensors.

        Args:
            observations: One observation of the environment, a batch, or a list of
                them; or a batch as the networks take it.

        Returns:
            A pair: nest of tensors `(batch, ...)`, and whether it was one observation.

        Raises:
            ValueError: If the observations are neither, none, or hold NaN.
        """
        found = None
        if self.spaces is not None:
            from keras_rlgen.environments.gymnasium.observation_rows import (
                observation_rows,
            )

            found = observation_rows(self.spaces[0], observations)
        if found is None:
            space = self.spaces and self.spaces[0]
            return observation_batch(observations, self.specs.observation, space)
        rows, is_one = found
        count = len(tf.nest.flatten(rows)[0])
        if not count:
            raise ValueError("Expected at least one observation. Received: none.")
        return self._conversions(count)[0](rows), is_one

    def actions(self, actions):
        """Returns actions of the policy as the environment takes them.

        Args:
            actions: Nest of arrays `(batch, ...)`.
        """
        if self.spaces is None:
            return clipped_actions(actions, self.specs.action)
        return self._conversions(len(np.asarray(actions)))[1](np.asarray(actions))
