"""Converts the spaces of Gymnasium to the specs of TF-Agents."""

import numpy as np
import tensorflow as tf
from gymnasium import spaces

from keras_rlgen.agents.bridge.environment_specs import EnvironmentSpecs
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.environments.gymnasium.space_config import space_to_config

tf_agents = import_tf_agents()
BoundedTensorSpec = tf_agents.specs.BoundedTensorSpec


def vector_environment_specs(environment):
    """Returns the `EnvironmentSpecs` of environments that are stepped together.

    Args:
        environment: `CheckedVectorEnvironment`, whose spaces are those of agents.

    Example:

    ```python
    environments = make_vector_environment("CartPole-v1", num_environments=8)
    specs = vector_environment_specs(environments)
    specs.observation  # TensorSpec(shape=(4,), dtype=tf.float32)
    specs.action  # BoundedTensorSpec(shape=(), dtype=tf.int32, minimum=0, maximum=1)
    ```
    """
    return EnvironmentSpecs(
        _observation_spec(environment.single_observation_space, "observation"),
        _action_spec(environment.single_action_space),
        spaces=[
            space_to_config(space)
            for space in (
                environment.env.single_observation_space,
                environment.env.single_action_space,
            )
        ],
    )


def _observation_spec(space, name):
    if isinstance(space, spaces.Dict):
        return {key: _observation_spec(space[key], key) for key in space}
    if isinstance(space, spaces.Tuple):
        parts = enumerate(space)
        return tuple(
            _observation_spec(part, f"{name}_{index}") for index, part in parts
        )
    return tf.TensorSpec(space.shape, space.dtype, name)


def _action_spec(space):
    if isinstance(space, spaces.Box):
        bounds = space.low, space.high
    elif isinstance(space, spaces.MultiDiscrete):
        bounds = np.zeros_like(space.nvec), space.nvec - 1
    else:
        bounds = 0, space.n - 1
    dtype = tf.float32 if isinstance(space, spaces.Box) else tf.int32
    return BoundedTensorSpec(space.shape, dtype, *bounds, name="action")
