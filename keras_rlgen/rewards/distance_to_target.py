import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.refuse_transition import refuse_transition
from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen")
class DistanceToTarget(Reward):
    """Minus the mean squared distance of a sample, or of its features, to a target.

    The maximum is 0, at the target. In squared units of the samples, or of the
    features.

    Args:
        target: Array of the shape of one sample, finite.
        network: Keras model from samples to the features `(batch, ...)` to compare,
            such as those of `keras_rlgen.metrics.train_classifier`; or `None` for the
            samples themselves.

    Raises:
        ValueError: If `target` is not finite, or not of the samples' shape.

    Example:

    ```python
    reward = DistanceToTarget(images[0]) + 0.1 * Sharpness()
    ```
    """

    def __init__(self, target, network=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.target = np.asarray(target, "float32")
        if not np.isfinite(self.target).all():
            raise ValueError(
                "Expected a finite `target`. Received: "
                f"{np.sum(~np.isfinite(self.target))} values that are NaN or infinite."
            )
        self.network = network

    def call(self, samples, condition=None, training=None):
        refuse_transition(self, samples)
        if samples.shape[1:] != self.target.shape:
            raise ValueError(
                f"Reward '{self.name}' has a target of shape {self.target.shape} and "
                f"expected samples like it. Received: {tuple(samples.shape)}"
            )
        target = tf.constant(self.target[np.newaxis])
        if self.network is not None:
            samples, target = (
                tf.cast(self.network(x, training=False), tf.float32)
                for x in (samples, target)
            )
        squares = tf.square(samples - target)
        return -tf.reduce_mean(squares, axis=list(range(1, squares.shape.rank)))

    def get_config(self):
        return {
            **super().get_config(),
            "target": self.target.tolist(),
            "network": keras.saving.serialize_keras_object(self.network),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "network"))
