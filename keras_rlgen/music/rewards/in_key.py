import keras
import tensorflow as tf

from keras_rlgen.music.keys import scales
from keras_rlgen.music.rewards.music_reward import (
    MusicReward,
    by_key,
    checked_key,
    fraction,
)


@keras.saving.register_keras_serializable("keras_rlgen")
class InKey(MusicReward):
    """The fraction of notes that belong to the scale of a key.

    In minor, both the seventh of the key signature and the leading note belong to it.
    1 is best; a piece without notes has 0.

    Args:
        encoding: The `Encoding` of the samples.
        key: String such as `"C major"`, an index as in `key_index`, or `"estimated"`:
            the key that fits each sample best, which a sample can choose.

    Raises:
        ValueError: If there is no such key.

    Example:

    >>> encoding = MelodyEncoding(low=60, steps_per_quarter=1)
    >>> melody = encoding.tokens([[60, 62, 63, 64]])
    >>> InKey(encoding, "C major")(melody).numpy()
    array([0.75], dtype=float32)

    Reference:
        [Jaques et al., 2017](https://arxiv.org/abs/1611.02796), section 4.1, "stay in
        key". For estimated keys, Krumhansl, 1990.
    """

    def __init__(self, encoding, key="C major", name=None, **kwargs):
        super().__init__(encoding, name=name, **kwargs)
        self.key = checked_key(key)

    def score(self, grid):
        notes = grid.onsets & grid.valid[..., tf.newaxis]
        allowed = by_key(self.key, grid, scales())
        classes = tf.where(notes, grid.pitches % 12, 0)
        flat = tf.reshape(classes, [tf.shape(classes)[0], -1])
        allowed = tf.broadcast_to(allowed, [tf.shape(flat)[0], 12])
        inside = tf.gather(allowed, flat, batch_dims=1)
        return fraction(tf.reshape(inside, tf.shape(classes)), notes)

    def get_config(self):
        return {**super().get_config(), "key": self.key}
