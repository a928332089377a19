import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.identifiers import with_objects
from keras_rlgen.layers import RunningMoments
from keras_rlgen.rewards.arithmetic import Compound, Scaled, Sum
from keras_rlgen.rewards.batch_size import batch_size
from keras_rlgen.rewards.reward import as_reward


@keras.saving.register_keras_serializable("keras_rlgen")
class NormalizedTerms(Compound):
    """A sum of rewards, each standardised before its weight.

        w_1 (r_1 - mean_1) / deviation_1 + w_2 (r_2 - mean_2) / deviation_2 + ...

    The weights then decide how much each term counts, whatever its scale; a term that
    is constant has no part. The logged terms are unchanged; the logged reward of
    training is about zero, so that progress shows in the terms or in a held-out reward.

    Mean and deviation are running ones, as those of `Normalized`, or those of each
    group of samples. The latter are for `RewardTuner`, whose samples of a group are
    consecutive: give both the same `group_size`. They are used in training alone:
    otherwise the value is the weighted sum as it is.

    Args:
        reward: Sum of rewards, such as `2.0 * Sharpness() + my_function`.
        group_size: Integer >= 2, consecutive samples of a group; `None`, the default,
            for running statistics.
        momentum: Float in [0, 1), of the running statistics: their decay per batch.
        epsilon: Float, added to the standard deviation.
        name: String.

    Raises:
        TypeError: If `reward` is not a sum.
        ValueError: If `group_size` is out of its range; in training, if it does not
            divide the number of samples.

    Example:

    >>> def first(samples):
    ...     return samples[:, 0]
    >>> def second(samples):
    ...     return samples[:, 1]
    >>> total = FunctionReward(first) + 2.0 * FunctionReward(second)
    >>> reward = NormalizedTerms(total, group_size=2, epsilon=0.0)
    >>> samples = tf.constant([[1.0, 100.0], [3.0, 500.0]])
    >>> reward(samples, training=True).numpy()
    array([-3.,  3.], dtype=float32)

    Reference:
        [Liu et al., 2026](https://arxiv.org/abs/2601.05242) (GDPO), for groups; there
        the sum is standardised again.
    """

    def __init__(
        self,
        reward,
        group_size=None,
        momentum=0.99,
        epsilon=1e-8,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.reward = as_reward(reward)
        if not isinstance(self.reward, Sum):
            raise TypeError(
                "Expected a sum of rewards, such as `first + 2.0 * second`. Received: "
                f"{reward!r}. Use `Normalized` for a single one."
            )
        if group_size is not None and (not is_integer(group_size) or group_size < 2):
            raise ValueError(
                "Expected `group_size` to be an integer of at least 2, or None. "
                f"Received: {group_size!r}"
            )
        self.group_size = group_size
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.statistics = []
        if group_size is None:
            self.statistics = [
                RunningMoments(momentum, epsilon) for _ in self.reward.rewards
            ]

    @property
    def parts(self):
        return self.reward.parts

    @property
    def keeps_state(self):
        return self.group_size is None or super().keeps_state

    def terms(self, samples, condition=None, training=None):
        values, terms = self.reward.values_and_terms(samples, condition, training)
        if self.group_size is not None and not training:
            return self.reward.combine(values), terms
        total = tf.zeros_like(values[0])
        for index, (part, value) in enumerate(
            zip(self.reward.rewards, values, strict=True)
        ):
            factor = _factor(part)
            if factor:
                total += factor * self._standardised(index, value / factor, training)
        return total, terms

    def _standardised(self, index, value, training):
        if self.group_size is None:
            if training:
                self.statistics[index].update(value)
            return self.statistics[index](value)
        count = batch_size(value)
        if is_integer(count) and count % self.group_size:
            raise ValueError(
                f"Expected a number of samples that is a multiple of {self.group_size},"
                f" the `group_size` of `{self.name}`. Received: {count}"
            )
        groups = tf.reshape(value, [-1, self.group_size])
        mean = tf.reduce_mean(groups, axis=1, keepdims=True)
        deviation = tf.math.reduce_std(groups, axis=1, keepdims=True)
        return tf.reshape((groups - mean) / (deviation + self.epsilon), tf.shape(value))

    def get_config(self):
        return {
            **super().get_config(),
            "reward": keras.saving.serialize_keras_object(self.reward),
            "group_size": self.group_size,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "reward"))


def _factor(reward):
    """Returns the number that a reward is multiplied by, one if it is not."""
    factor = 1.0
    while isinstance(reward, Scaled):
        factor, reward = factor * reward.factor, reward.reward
    return factor
