import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.music.keys import NUM_KEYS
from keras_rlgen.music.rewards.music_reward import VoiceReward, by_key, checked_key


@keras.saving.register_keras_serializable("keras_rlgen")
class EndsOnTonic(VoiceReward):
    """1 if the last note of a voice is the tonic, else 0.

    Args:
        encoding: The `Encoding` of the samples.
        key: String such as `"C major"`, an index as in `key_index`, or `"estimated"`:
            the key that fits each sample best.
        voice: Integer, which voice, 0 for the highest.

    Raises:
        ValueError: If there is no such key.

    Example:

    >>> encoding = MelodyEncoding(low=60, steps_per_quarter=1)
    >>> melodies = encoding.tokens([[64, 62, 60, -1], [60, 62, 64, 67]])
    >>> EndsOnTonic(encoding, "C major")(melodies).numpy()
    array([1., 0.], dtype=float32)

    Reference:
        [Jaques et al., 2017](https://arxiv.org/abs/1611.02796), section 4.1, "begin and
        end with the tonic".
    """

    def __init__(self, encoding, key="C major", voice=0, name=None, **kwargs):
        super().__init__(encoding, voice, name=name, **kwargs)
        self.key = checked_key(key)

    def score(self, grid):
        pitches, begins = grid.pitches[..., 0], grid.onsets[..., 0] & grid.valid
        steps = pitches.shape[1]
        last = tf.reduce_max(tf.where(begins, tf.range(steps), -1), axis=1)
        pitch = tf.gather(pitches, tf.maximum(last, 0), batch_dims=1)
        tonic = by_key(self.key, grid, np.arange(NUM_KEYS, dtype=np.int32) % 12)
        ends = (pitch % 12 == tonic) & (last >= 0)
        return tf.cast(ends, tf.float32)

    def get_config(self):
        return {**super().get_config(), "key": self.key}
