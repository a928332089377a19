import keras
import tensorflow as tf

from keras_rlgen.rl_models.algorithms.fixed_kl import FixedKL
from keras_rlgen.training import replicas

MEASURED_BATCHES = 10.0


@keras.saving.register_keras_serializable("keras_rlgen")
class RelativeKL(FixedKL):
    """A KL weight in standard deviations of the reward.

    The deviation is the mean over the first ten batches, in which the generator has
    hardly moved, and then stays. So the trade between reward and divergence does not
    depend on the reward's unit, and a reward of small spread moves the generator too.

    Args:
        weight: Float >= 0, standard deviations per nat.
        name: String.

    Raises:
        ValueError: If the weight is below zero.

    Example:

    >>> kl = RelativeKL(0.1)
    >>> round(float(kl.value(keras.ops.array([-0.02, 0.02]))), 4)
    0.002
    """

    def __init__(self, weight=0.1, name=None, **kwargs):
        super().__init__(weight, name=name, **kwargs)
        self.sum_of_deviations, self.num_batches = (
            self.add_weight((), "zeros", trainable=False, aggregation="mean", name=key)
            for key in ("sum_of_deviations", "num_batches")
        )

    def value(self, reward=None):
        total, count = self._with(reward)
        return self.weight * tf.math.divide_no_nan(total, count)

    def update(self, divergence, reward=None):
        total, count = self._with(reward)
        self.sum_of_deviations.assign(total)
        self.num_batches.assign(count)

    def _with(self, reward):
        """Returns the sum of deviations and their number, with those of a batch."""
        total, count = map(tf.identity, (self.sum_of_deviations, self.num_batches))
        if reward is None:
            return total, count
        is_new = tf.cast(count < MEASURED_BATCHES, tf.float32)
        variance = replicas.batch_mean((reward - replicas.batch_mean(reward)) ** 2)
        return total + is_new * tf.sqrt(variance), count + is_new
