import keras
import tensorflow as tf

from keras_rlgen.baselines.baseline import Baseline
from keras_rlgen.losses.policy import leave_one_out_baseline
from keras_rlgen.training import replicas


@keras.saving.register_keras_serializable("keras_rlgen")
class LeaveOneOut(Baseline):
    """The mean reward of the other samples of the group ("RLOO").

    With several samples per context the group is the context's; with one it is the
    batch, of all replicas.

    Raises:
        ValueError: If a group has a single sample.

    Reference:
        [Kool et al., 2019](https://openreview.net/forum?id=r1lgTGL5DE), equation 8.
    """

    def values(self, rewards, contexts):
        if rewards.shape[-1] == 1:
            raise ValueError(
                "The leave-one-out baseline needs at least two samples. Received "
                f"rewards of shape {tuple(rewards.shape)}. Use a batch of at least 2, "
                "or another baseline."
            )
        if rewards.shape[0] != 1 or replicas.count() == 1:
            return leave_one_out_baseline(rewards)
        size = replicas.total(tf.cast(tf.size(rewards), tf.float32))
        return (replicas.total(tf.reduce_sum(rewards)) - rewards) / (size - 1.0)
