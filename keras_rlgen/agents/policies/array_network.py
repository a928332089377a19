"""Small networks in NumPy, for environments in Python.

A compiled TensorFlow call takes some hundred microseconds, however small the network; a
step of a simple environment takes less than ten.
"""

import keras
import numpy as np

_ACTIVATIONS = {
    keras.activations.linear: lambda x: x,
    keras.activations.relu: lambda x: np.maximum(x, 0.0),
    keras.activations.tanh: np.tanh,
}
_WITHOUT_EFFECT = (keras.layers.InputLayer, keras.layers.Dropout)


class ArrayNetwork:
    """A sequence of dense layers, computed in NumPy.

    Args:
        model: Keras model for which `supports` is true.

    Attributes:
        variables: List of the Keras variables that the network reads, kernel and bias
            of each layer in turn.

    Example:

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, "tanh")])
    >>> network = ArrayNetwork(model)
    >>> weights = [variable.numpy() for variable in network.variables]
    >>> network(weights, np.ones((5, 2), "float32")).shape
    (5, 3)
    """

    def __init__(self, model):
        layers = [x for x in model.layers if isinstance(x, keras.layers.Dense)]
        self.variables = [v for layer in layers for v in (layer.kernel, layer.bias)]
        self._activations = [_ACTIVATIONS[layer.activation] for layer in layers]

    @staticmethod
    def supports(model):
        """Returns whether a model is a sequence of float32 dense layers.

        Args:
            model: Built Keras model.
        """
        return isinstance(model, keras.Sequential) and all(
            isinstance(layer, _WITHOUT_EFFECT) or _is_plain_dense(layer)
            for layer in model.layers
        )

    def __call__(self, weights, x):
        """Returns the outputs.

        Args:
            weights: List of arrays, the values of `variables`.
            x: Float32 array `(batch, size)`.
        """
        pairs = zip(weights[::2], weights[1::2], self._activations, strict=True)
        for kernel, bias, activation in pairs:
            x = activation(x @ kernel + bias)
        return x


def _is_plain_dense(layer):
    return (
        type(layer) is keras.layers.Dense
        and layer.use_bias
        and layer.activation in _ACTIVATIONS
        and layer.compute_dtype == "float32"
        and layer.quantization_mode is None
        and not layer.lora_enabled
    )
