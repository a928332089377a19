import keras
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


class EpisodeStatistics:
    """Returns and lengths of the episodes that end in streams of frames.

    An episode that was cut off without an end is not counted.
    """

    def __init__(self):
        self.mean_return = keras.metrics.Mean(name="mean_return")
        self.episode_length = keras.metrics.Mean(name="episode_length")
        self.episodes = keras.metrics.Sum(name="episodes")

    def update(self, frames, stream):
        """Goes on with the next frames.

        Args:
            frames: `Trajectory` of tensors `(N, T, ...)`.
            stream: `FrameStream`, whose returns and lengths of the episodes in progress
                are updated.
        """
        first = frames.step_type == StepType.FIRST
        ended = frames.next_step_type == StepType.LAST
        returns, last_return = _running_sums(
            frames.reward, first, stream.episode_return
        )
        lengths, last_length = _running_sums(
            tf.ones_like(frames.reward), first, stream.episode_length
        )
        stream.episode_return.assign(last_return)
        stream.episode_length.assign(last_length)
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
