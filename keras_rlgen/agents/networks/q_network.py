from keras_rlgen.agents.networks.action_specs import num_actions
from keras_rlgen.agents.networks.keras_network import KerasNetwork


class QNetwork(KerasNetwork):
    """A value for each of the discrete actions, for `DqnAgent` and `DdqnAgent`.

    The output is float32 of shape `(..., num_actions)`: the expected return of each
    action.

    Args:
        model: Built `keras.Model` with output of shape `(batch, num_actions)`.
        observation_spec: Nest of `TensorSpec` without the outer dimensions.
        action_spec: `BoundedTensorSpec` of an integer scalar that counts from 0.
        name: Name of the network.

    Raises:
        TypeError: If `model` is not a Keras 3 model with one output.
        ValueError: If it is not built, has no weights or cannot take such
            observations, if its output does not fit the actions, or if the actions
            are not discrete scalars that count from 0.

    Example:

    ```python
    model = keras.Sequential([keras.Input((4,)), Dense(64, "relu"), Dense(2)])
    network = QNetwork(model, time_step_spec.observation, action_spec)
    q_values, _ = network(observations)
    ```

    Reference:
        [Mnih et al., 2015](https://www.nature.com/articles/nature14236), methods.
    """

    def __init__(self, model, observation_spec, action_spec, name=None):
        super().__init__(model, observation_spec, name=name)
        count = num_actions(action_spec, type(self).__name__)
        if len(action_spec.shape):
            raise ValueError(
                f"`{type(self).__name__}` expected one scalar action. Received: "
                f"{action_spec}. Number the combinations of its elements in the "
                "environment, or use `CategoricalNetwork` with PPO."
            )
        self.require_output(
            [(count,)],
            f"a value for each of the {count} actions",
            f"Give the last layer {count} units.",
        )

    def decode(self, outputs):
        return outputs
