import keras
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


class EpisodeStatistics:
    """Tracks returns and lengths of the episodes that end in streams of frames.

    An episode that is reset before its end is not counted.
    """

    def __init__(self):
        self.mean_return = keras.metrics.Mean(name="mean_return")
        self.episode_length = keras.metrics.Mean(name="episode_length")
        self.episodes = keras.metrics.Sum(name="episodes")

    def update(self, frames, stream):
        """Updates the statistics with the next frames.

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
        """List of the Keras metrics, over the episodes ended since the last reset."""
        return [self.mean_return, self.episode_length, self.episodes]


def _running_sums(values, first, start):
    """Returns sums `(N, T)`, reset where `first` is true, and the last of each row."""
    time_major = tf.transpose(values), tf.transpose(first)
    sums = tf.scan(
        lambda total, x: x[0] + tf.where(x[1], 0.0, total),
        time_major,
        initializer=tf.convert_to_tensor(start),
    )
    return tf.transpose(sums), sums[-1]
