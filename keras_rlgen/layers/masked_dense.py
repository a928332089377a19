import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("keras_rlgen")
class MaskedDense(keras.layers.Layer):
    """A dense layer without some of its connections, by degrees.

    Input `i` and unit `j` are connected if `input_degrees[i] <= degrees[j]`, or with
    `strict=True` if it is less. If the inputs of a stack of such layers have their
    positions as degrees, and its last layer is strict, each unit of that depends on
    inputs before the position that its degree is.

    Args:
        input_degrees: Sequence of integers, one for each input.
        degrees: Sequence of integers, one for each unit.
        strict: Whether equal degrees are not connected. Defaults to `False`.
        activation: Keras activation or its name. Defaults to `None`.
        kernel_initializer: Keras initializer.

    Input shape:
        `(batch, len(input_degrees))`.

    Output shape:
        `(batch, len(degrees))`.

    Raises:
        ValueError: If the inputs have another size.

    Example:

    >>> layer = MaskedDense([1, 2], [1, 2], strict=True, kernel_initializer="ones")
    >>> layer(keras.ops.ones((1, 2))).numpy()  # the first unit sees no input
    array([[0., 1.]], dtype=float32)

    Reference:
        [Germain et al., 2015](https://arxiv.org/abs/1502.03509), equations 12 and 13.
    """

    def __init__(
        self,
        input_degrees,
        degrees,
        strict=False,
        activation=None,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.input_degrees = [int(degree) for degree in input_degrees]
        self.degrees = [int(degree) for degree in degrees]
        self.strict = bool(strict)
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        before = np.less if self.strict else np.less_equal
        mask = before(np.array(self.input_degrees)[:, None], np.array(self.degrees))
        self._mask = mask.astype("float32")

    def build(self, input_shape):
        if input_shape[-1] != len(self.input_degrees):
            raise ValueError(
                f"Expected inputs of {len(self.input_degrees)} numbers, one for each "
                f"of `input_degrees`. Received: shape {tuple(input_shape)}"
            )
        self.kernel = self.add_weight(
            shape=self._mask.shape, initializer=self.kernel_initializer, name="kernel"
        )
        self.bias = self.add_weight(
            shape=(len(self.degrees),), initializer="zeros", name="bias"
        )

    def call(self, inputs):
        mask = ops.cast(self._mask, self.compute_dtype)
        return self.activation(ops.matmul(inputs, self.kernel * mask) + self.bias)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], len(self.degrees))

    def get_config(self):
        return {
            **super().get_config(),
            "input_degrees": self.input_degrees,
            "degrees": self.degrees,
            "strict": self.strict,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
