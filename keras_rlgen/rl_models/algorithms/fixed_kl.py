import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("keras_rlgen")
class FixedKL(keras.layers.Layer):
    """A weight of the divergence from the starting model that stays as it is.

    Args:
        weight: Float >= 0, reward per nat.
        name: String.

    Raises:
        ValueError: If the weight is below zero.
    """

    def __init__(self, weight=0.1, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)
        if not weight >= 0.0:
            raise ValueError(
                "Expected a weight of the divergence of zero or above. "
                f"Received: {weight!r}"
            )
        self.weight = float(weight)

    def value(self):
        """Returns the weight, float32 scalar tensor."""
        return tf.constant(self.weight)

    def update(self, divergence):
        """Is told the mean divergence of a batch, in nats, after its update."""

    def call(self, divergence):
        return self.value() * divergence

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}
