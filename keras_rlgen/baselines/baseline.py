"""What a policy gradient takes from its rewards to lower its variance."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("keras_rlgen")
class Baseline(keras.layers.Layer):
    """Base, and the baseline of nothing: the advantage is the reward.

    A subclass overrides `values`. For the gradient to stay unbiased, a baseline must
    not depend on the sample whose reward it is taken from.
    """

    def __init__(self, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)

    def prepare(self, contexts):
        """Makes the baseline's weights; called once, by `compile`.

        Args:
            contexts: Float tensor `(batch, ...)`, what the policy acts upon.
        """

    def values(self, rewards, contexts):
        """Returns the baseline of each reward.

        Args:
            rewards: Float32 tensor `(groups, group_size)`: rewards of the samples,
                those of one context in one row, or of the batch in a single row
                where there is one sample a context.
            contexts: Float tensor, one for each row, `(groups, ...)`, or one for each
                reward in row order, `(groups * group_size, ...)`.

        Returns:
            Float32 tensor of the shape of `rewards`.
        """
        return tf.zeros_like(rewards)

    def update(self, rewards, contexts):
        """Learns from a batch after its advantages are taken.

        Args:
            rewards: As in `values`.
            contexts: As in `values`.
        """

    def call(self, rewards, contexts):
        return self.values(rewards, contexts)
