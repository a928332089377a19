"""Rewards that change the scale of another."""

import keras
import tensorflow as tf

from keras_rlgen.rewards.arithmetic import Wrapper


@keras.saving.register_keras_serializable("keras_rlgen")
class Normalized(Wrapper):
    """A reward less its running mean, over its running standard deviation.

    Statistics are exponential averages, corrected for their start at zero as Adam
    corrects its own, and move only where `training=True`.

    Args:
        reward: A `Reward` or function of samples.
        momentum: Float in [0, 1): how much of the average a batch keeps.
        epsilon: Float, added to the deviation.
    """

    def __init__(self, reward, momentum=0.99, epsilon=1e-4, name=None, **kwargs):
        super().__init__(reward, name=name, **kwargs)
        if not 0.0 <= momentum < 1.0:
            raise ValueError(
                f"Expected `momentum` in [0, 1). Received: momentum={momentum}"
            )
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.weight, self.mean, self.square = (
            self.add_weight(shape=(), initializer="zeros", trainable=False, name=name)
            for name in ("weight", "mean", "square")
        )

    def change(self, value, training):
        if training:
            keep = self.momentum
            square = tf.reduce_mean(tf.square(value))
            finite = tf.math.is_finite(square)
            for average, new in (
                (self.weight, 1.0),
                (self.mean, tf.reduce_mean(value)),
                (self.square, square),
            ):
                moved = keep * average + (1.0 - keep) * new
                average.assign(tf.where(finite, moved, average.value))
        weight = tf.maximum(tf.convert_to_tensor(self.weight), 1e-12)
        mean = self.mean / weight
        variance = tf.maximum(self.square / weight - tf.square(mean), 0.0)
        return (value - mean) / (tf.sqrt(variance) + self.epsilon)

    def get_config(self):
        config = {"momentum": self.momentum, "epsilon": self.epsilon}
        return {**super().get_config(), **config}


@keras.saving.register_keras_serializable("keras_rlgen")
class Clipped(Wrapper):
    """A reward kept between two bounds.

    Args:
        reward: A `Reward` or function of samples.
        low: Float, the least reward.
        high: Float, the greatest; more than `low`.
    """

    def __init__(self, reward, low, high, name=None, **kwargs):
        super().__init__(reward, name=name, **kwargs)
        if not low < high:
            raise ValueError(f"Expected low < high. Received: low={low}, high={high}")
        self.low = float(low)
        self.high = float(high)

    def change(self, value, training):
        return tf.clip_by_value(value, self.low, self.high)

    def get_config(self):
        return {**super().get_config(), "low": self.low, "high": self.high}
