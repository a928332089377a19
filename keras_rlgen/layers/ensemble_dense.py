import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer


@keras.saving.register_keras_serializable("keras_rlgen")
class EnsembleDense(keras.layers.Layer):
    """Dense layers of several networks, computed as one product.

    Args:
        members: Integer >= 1, the number of networks.
        units: Integer >= 1, the outputs of each.
        activation: Activation, as in `keras.layers.Dense`.
        seed: Integer or `None`. Members begin with different weights.
        **kwargs: As in `keras.layers.Layer`.

    Input shape:
        `(members, batch, inputs)`.

    Output shape:
        `(members, batch, units)`.

    Raises:
        ValueError: If an argument is less than 1, or the input has another number of
            members.

    Example:

    >>> EnsembleDense(members=5, units=8)(tf.zeros((5, 2, 3))).shape
    TensorShape([5, 2, 8])
    """

    def __init__(self, members, units, activation=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not is_integer(members) or members < 1 or not is_integer(units) or units < 1:
            raise ValueError(
                "Expected `members` and `units` of at least 1. Received: "
                f"members={members}, units={units}"
            )
        self.members, self.units = members, units
        self.activation = keras.activations.get(activation)
        self.seed = seed

    def build(self, input_shape):
        if len(input_shape) != 3 or input_shape[0] != self.members:
            raise ValueError(
                f"Expected an input of shape ({self.members}, batch, inputs). "
                f"Received: {tuple(input_shape)}"
            )
        limit = (6.0 / (input_shape[-1] + self.units)) ** 0.5  # Glorot's
        self.kernel = self.add_weight(
            shape=(self.members, input_shape[-1], self.units),
            initializer=keras.initializers.RandomUniform(-limit, limit, self.seed),
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.members, 1, self.units), initializer="zeros", name="bias"
        )

    def call(self, inputs):
        return self.activation(tf.matmul(inputs, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape):
        return *input_shape[:-1], self.units

    def get_config(self):
        return {
            **super().get_config(),
            "members": self.members,
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "seed": self.seed,
        }
