import tensorflow as tf

from keras_rlgen.agents.networks.keras_network import KerasNetwork


class ValueNetwork(KerasNetwork):
    """The expected return from a state, for actor-critic agents.

    The output is float32 with the outer dimensions alone.

    With `(observation_spec, action_spec)` as its spec, and a model of two inputs, it is
    the value of a state and a continuous action, which SAC and TD3 need.

    Args:
        model: Built `keras.Model` with output of shape `(batch, 1)` or `(batch,)`.
        observation_spec: Nest of `TensorSpec` without the outer dimensions.
        name: Name of the network.

    Raises:
        TypeError: If `model` is not a Keras 3 model with one output.
        ValueError: If it is not built, has no weights, cannot take such observations
            or has an output of another shape.

    Example:

    ```python
    model = keras.Sequential([keras.Input((4,)), Dense(64, "tanh"), Dense(1)])
    network = ValueNetwork(model, time_step_spec.observation)
    ```
    """

    may_carry_state = True

    def __init__(self, model, observation_spec, name=None):
        super().__init__(model, observation_spec, name=name)
        self.require_output(
            [(1,), ()],
            "the value of each observation",
            "Give the last layer 1 unit.",
        )

    def decode(self, outputs):
        return tf.squeeze(outputs, -1) if self.model_output_shape else outputs
