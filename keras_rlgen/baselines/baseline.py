"""Base class of the baselines, which reduce the variance of a policy gradient."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("keras_rlgen")
class Baseline(keras.layers.Layer):
    """Base class, and the zero baseline: the advantage is the reward.

    Subclasses override `values`. For the gradient to stay unbiased, a baseline must not
    depend on the sample from whose reward it is subtracted.
    """

    def __init__(self, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)

    def prepare(self, contexts):
        """Creates the baseline's weights; called once, by `compile`.

        Args:
            contexts: Float tensor `(batch, ...)`, the policy's inputs.
        """

    def values(self, rewards, contexts):
        """Returns the baseline of each reward.

        Args:
            rewards: Float32 tensor `(groups, group_size)`: rewards of the samples,
                those of one context in one row, or of the batch in a single row
                if there is one sample per context.
            contexts: Float tensor, one for each row, `(groups, ...)`, or one for each
                reward in row order, `(groups * group_size, ...)`.

        Returns:
            Float32 tensor of the shape of `rewards`.
        """
        return tf.zeros_like(rewards)

    def update(self, rewards, contexts):
        """Updates the baseline from a batch, after its advantages are computed.

        Args:
            rewards: As in `values`.
            contexts: As in `values`.
        """

    def call(self, rewards, contexts):
        return self.values(rewards, contexts)
