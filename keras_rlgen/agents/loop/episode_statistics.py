import keras
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.returns import accumulated_rewards

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
        rewards = tf.stack([frames.reward, tf.ones_like(frames.reward)])
        sums = accumulated_rewards(
            tf.reshape(rewards, (-1, rewards.shape[-1])),
            tf.tile(tf.cast(~first, tf.float32), [2, 1]),
            tf.concat([stream.episode_return, stream.episode_length], axis=0),
        )
        returns, lengths = tf.split(sums, 2)
        stream.episode_return.assign(returns[:, -1])
        stream.episode_length.assign(lengths[:, -1])
        ended = tf.cast(ended, tf.float32)
        self.mean_return.update_state(returns, sample_weight=ended)
        self.episode_length.update_state(lengths, sample_weight=ended)
        self.episodes.update_state(ended)

    @property
    def metrics(self):
        """List of the Keras metrics, over the episodes ended since the last reset."""
        return [self.mean_return, self.episode_length, self.episodes]
