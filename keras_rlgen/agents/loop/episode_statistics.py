import keras
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


class EpisodeStatistics:
    """Returns and lengths of the episodes that end in a stream of frames.

    An episode that was cut off without an end, or whose start was not seen, is not
    counted.

    Args:
        num_environments: Integer `N`.
    """

    def __init__(self, num_environments):
        def zeros():
            return tf.Variable(tf.zeros((num_environments,)), trainable=False)

        self._return, self._length = zeros(), zeros()
        self.mean_return = keras.metrics.Mean(name="mean_return")
        self.episode_length = keras.metrics.Mean(name="episode_length")
        self.episodes = keras.metrics.Sum(name="episodes")

    @property
    def variables(self):
        """Dict from names to the variables of the episodes under way."""
        return {"episode_return": self._return, "episode_length": self._length}

    def update(self, frames):
        """Goes on with the next frames.

        Args:
            frames: `Trajectory` of tensors `(N, T, ...)`.
        """
        first = frames.step_type == StepType.FIRST
        ended = frames.next_step_type == StepType.LAST
        returns, self_return = _running_sums(frames.reward, first, self._return)
        lengths, self_length = _running_sums(
            tf.ones_like(frames.reward), first, self._length
        )
        self._return.assign(self_return)
        self._length.assign(self_length)
        ended = tf.cast(ended, tf.float32)
        self.mean_return.update_state(returns, sample_weight=ended)
        self.episode_length.update_state(lengths, sample_weight=ended)
        self.episodes.update_state(ended)

    @property
    def metrics(self):
        """The Keras metrics of the episodes that have ended since they were reset."""
        return [self.mean_return, self.episode_length, self.episodes]


def _running_sums(values, first, start):
    """Returns sums that begin anew where `first` is true, `(N, T)`, and the last."""
    time_major = tf.transpose(values), tf.transpose(first)
    sums = tf.scan(
        lambda total, x: x[0] + tf.where(x[1], 0.0, total),
        time_major,
        initializer=tf.convert_to_tensor(start),
    )
    return tf.transpose(sums), sums[-1]
