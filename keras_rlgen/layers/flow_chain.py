import keras
import tensorflow as tf

from keras_rlgen.layers.flow_layer import FlowLayer


@keras.saving.register_keras_serializable("keras_rlgen")
class FlowChain(FlowLayer):
    """A sequence of flow layers, as one flow layer.

    Args:
        layers: List of `FlowLayer`, in the order from samples to latents.

    Raises:
        TypeError: If one is not a `FlowLayer`.

    Example:

    >>> chain = FlowChain([ActNorm(), ActNorm()])
    >>> chain.forward_and_log_det(tf.ones((3, 2)))[1].numpy()
    array([0., 0., 0.], dtype=float32)
    """

    def __init__(self, layers, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        for layer in layers:
            if not isinstance(layer, FlowLayer):
                raise TypeError(
                    f"Expected `layers` of `FlowLayer`. Received: {layer!r} of type "
                    f"{type(layer).__name__}"
                )
        self.layers = list(layers)

    @property
    def conditional(self):
        """Whether a layer needs a condition."""
        return any(layer.conditional for layer in self.layers)

    def build(self, input_shape):
        shape = self.inner_shape(tuple(input_shape))
        for layer in self.layers:
            layer.ensure_built(shape)

    def inner_shape(self, input_shape):
        """Returns the input shape of the layers for a shape of samples."""
        return input_shape

    def into_layers(self, samples):
        """Splits samples into the layers' input and the rest."""
        return samples, ()

    def out_of_layers(self, inner, rest):
        """Merges the layers' output and the rest: the inverse of `into_layers`."""
        return inner

    def _forward(self, samples, condition):
        return self._apply(samples, condition, self.layers, "forward_and_log_det")

    def _inverse(self, latents, condition):
        return self._apply(latents, condition, self.layers[::-1], "inverse_and_log_det")

    def _apply(self, inputs, condition, layers, method):
        inner, rest = self.into_layers(inputs)
        total = tf.zeros(tf.shape(inputs)[:1])
        for layer in layers:
            inner, log_det = getattr(layer, method)(inner, condition)
            total += log_det
        return self.out_of_layers(inner, rest), total

    def initialize(self, samples, condition=None):
        self.ensure_built(samples.shape)
        inner, rest = self.into_layers(samples)
        for layer in self.layers:
            inner = layer.initialize(inner, condition)
        return self.out_of_layers(inner, rest)

    def get_config(self):
        layers = [keras.saving.serialize_keras_object(layer) for layer in self.layers]
        return {**super().get_config(), "layers": layers}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        layers = [
            keras.saving.deserialize_keras_object(layer, custom_objects=custom_objects)
            for layer in config["layers"]
        ]
        return cls(**{**config, "layers": layers})
