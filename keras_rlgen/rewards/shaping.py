"""Rewards that rescale or clip another reward."""

import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.layers import RunningMoments
from keras_rlgen.rewards.arithmetic import Wrapper


@keras.saving.register_keras_serializable("keras_rlgen")
class Normalized(Wrapper):
    """A reward normalised by its running mean and standard deviation.

    The statistics are those of `keras_rlgen.layers.RunningMoments`, updated only if
    `training=True`.

    Args:
        reward: A `Reward` or function of samples.
        momentum: Float in [0, 1): the decay of the averages per batch.
        epsilon: Float, added to the standard deviation.
    """

    # The running statistics.
    keeps_state = True

    def __init__(self, reward, momentum=0.99, epsilon=1e-8, name=None, **kwargs):
        super().__init__(reward, name=name, **kwargs)
        self.statistics = RunningMoments(momentum, epsilon)

    def change(self, value, training):
        if training:
            self.statistics.update(value)
        return self.statistics(value)

    def get_config(self):
        config = {
            "momentum": self.statistics.momentum,
            "epsilon": self.statistics.epsilon,
        }
        return {**super().get_config(), **config}


@keras.saving.register_keras_serializable("keras_rlgen")
class Clipped(Wrapper):
    """A reward clipped to an interval.

    Args:
        reward: A `Reward` or function of samples.
        low: Float, the minimum reward.
        high: Float, the maximum reward; greater than `low`.
    """

    def __init__(self, reward, low, high, name=None, **kwargs):
        super().__init__(reward, name=name, **kwargs)
        if not (is_number(low) and is_number(high) and low < high):
            raise ValueError(f"Expected low < high. Received: low={low}, high={high}")
        self.low = float(low)
        self.high = float(high)

    def change(self, value, training):
        return tf.clip_by_value(value, self.low, self.high)

    def get_config(self):
        return {**super().get_config(), "low": self.low, "high": self.high}
