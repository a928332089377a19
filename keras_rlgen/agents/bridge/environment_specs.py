import keras
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()
BoundedTensorSpec = tf_agents.specs.BoundedTensorSpec


@keras.saving.register_keras_serializable("keras_rlgen")
class EnvironmentSpecs:
    """The specs of observations and actions, in place of an environment.

    An agent loaded without its environment has these in its place. They can also be
    given to an agent that is trained on recorded experience alone.

    Args:
        observation: Nest of `TensorSpec`, of dicts and tuples: one observation.
        action: Nest of `BoundedTensorSpec`: one action.
        spaces: List of the configurations of the environment's own observation and
            action space, by which `predict` speaks to it; `None` if they are no others
            than the specs.

    Two are equal if their specs are.

    Example:

    ```python
    specs = EnvironmentSpecs(
        tf.TensorSpec((4,)), tf_agents.specs.BoundedTensorSpec((), tf.int64, 0, 1)
    )
    agent = DQN(q_network, environment=specs)
    ```
    """

    def __init__(self, observation, action, spaces=None):
        self.observation = observation
        self.action = action
        self.spaces = spaces

    @property
    def time_step(self):
        """The spec of a `TimeStep`."""
        return tf_agents.trajectories.time_step_spec(self.observation)

    def __eq__(self, other):
        return (
            isinstance(other, EnvironmentSpecs)
            and self._spec_config() == other._spec_config()
        )

    __hash__ = None

    def __repr__(self):
        return f"EnvironmentSpecs(observation={self.observation}, action={self.action})"

    def get_config(self):
        return {**self._spec_config(), "spaces": self.spaces}

    def _spec_config(self):
        return {
            "observation": _to_config(self.observation),
            "action": _to_config(self.action),
        }

    @classmethod
    def from_config(cls, config):
        specs = _from_config(config["observation"]), _from_config(config["action"])
        # Files of earlier versions have no spaces.
        return cls(*specs, spaces=config.get("spaces"))


def _to_config(nest):
    if isinstance(nest, dict):
        return {"dict": [[key, _to_config(nest[key])] for key in nest]}
    if isinstance(nest, tuple):
        return {"tuple": [_to_config(value) for value in nest]}
    config = {"shape": list(nest.shape), "dtype": nest.dtype.name, "name": nest.name}
    if isinstance(nest, BoundedTensorSpec):
        config |= {"minimum": nest.minimum.tolist(), "maximum": nest.maximum.tolist()}
    return config


def _from_config(config):
    if "dict" in config:
        return {key: _from_config(value) for key, value in config["dict"]}
    if "tuple" in config:
        return tuple(_from_config(value) for value in config["tuple"])
    config = {**config, "dtype": tf.as_dtype(config["dtype"])}
    return (BoundedTensorSpec if "minimum" in config else tf.TensorSpec)(**config)
