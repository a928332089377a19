import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number


@keras.saving.register_keras_serializable("keras_rlgen")
class FixedKL(keras.layers.Layer):
    """A constant weight of the KL divergence from the reference model.

    Args:
        weight: Float >= 0, reward per nat.
        name: String.

    Raises:
        ValueError: If the weight is below zero.
    """

    def __init__(self, weight=0.1, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)
        if not (is_number(weight) and weight >= 0.0):
            raise ValueError(
                "Expected a weight of the divergence of zero or above. "
                f"Received: {weight!r}"
            )
        self.weight = float(weight)

    def value(self, reward=None):
        """Returns the weight, float32 scalar tensor.

        Args:
            reward: Float32 tensor `(batch,)` of the batch that it is for, or `None`.
        """
        return tf.constant(self.weight)

    def update(self, divergence, reward=None):
        """Updates the weight from the measured KL divergence, after a batch.

        Args:
            divergence: Float32 scalar, the mean of `log pi - log pi_0`, in nats per
                sample, summed over a sample's elements.
            reward: As in `value`.
        """

    def call(self, divergence):
        return self.value() * divergence

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}
