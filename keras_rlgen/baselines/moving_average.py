import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.baselines.baseline import Baseline
from keras_rlgen.training import replicas


@keras.saving.register_keras_serializable("keras_rlgen")
class MovingAverage(Baseline):
    """The exponential moving average of earlier batches' mean rewards.

    Args:
        momentum: Float in [0, 1): the decay of the average per batch.
    """

    def __init__(self, momentum=0.9, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if not (is_number(momentum) and 0.0 <= momentum < 1.0):
            raise ValueError(
                f"Expected `momentum` in [0, 1). Received: momentum={momentum}"
            )
        self.momentum = float(momentum)
        self.weight, self.average = (
            self.add_weight(shape=(), initializer="zeros", trainable=False, name=name)
            for name in ("weight", "average")
        )

    def values(self, rewards, contexts):
        average = self.average / tf.maximum(tf.convert_to_tensor(self.weight), 1e-12)
        return tf.fill(tf.shape(rewards), average)

    def update(self, rewards, contexts):
        keep = self.momentum
        self.weight.assign(keep * self.weight + (1.0 - keep))
        mean = replicas.mean(tf.reduce_mean(rewards))
        self.average.assign(keep * self.average + (1.0 - keep) * mean)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}
