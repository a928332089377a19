import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.music.rewards.music_reward import MusicReward

CHORDS = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "diminished": (0, 3, 6),
    "dominant_seventh": (0, 4, 7, 10),
    "minor_seventh": (0, 3, 7, 10),
    "half_diminished_seventh": (0, 3, 6, 10),
}


@keras.saving.register_keras_serializable("keras_rlgen")
class ChordMembership(MusicReward):
    """How well the notes of each step fit one chord.

    The largest fraction of the notes that sound at a step and belong to one chord, of
    the given kinds on any root, the mean over steps with notes. 1 is best.

    Args:
        encoding: An `Encoding` of several voices.
        chords: Tuple of names: `"major"`, `"minor"`, `"diminished"`,
            `"dominant_seventh"`, `"minor_seventh"`, `"half_diminished_seventh"`.
            Defaults to triads and the dominant seventh.

    Raises:
        ValueError: If a chord is unknown.

    Example:

    >>> encoding = ChoraleEncoding(hold=False, steps_per_quarter=1)
    >>> chords = encoding.tokens([[[72, 67, 64, 48]], [[72, 67, 65, 48]]])
    >>> ChordMembership(encoding)(chords).numpy()
    array([1.  , 0.75], dtype=float32)

    Reference:
        The templates of Fujishima, 1999, *Realtime Chord Recognition of Musical Sound*,
        with the fraction of explained notes in place of his inner product.
    """

    min_voices = 2

    def __init__(
        self,
        encoding,
        chords=("major", "minor", "diminished", "dominant_seventh"),
        name=None,
        **kwargs,
    ):
        super().__init__(encoding, name=name, **kwargs)
        unknown = set(chords) - set(CHORDS)
        if unknown or not chords:
            raise ValueError(
                f"Expected chords among {sorted(CHORDS)}. Received: {list(chords)}"
            )
        self.chords = tuple(chords)

    def score(self, grid):
        sounding = grid.sounding & grid.valid[..., tf.newaxis]
        classes = tf.one_hot(tf.where(sounding, grid.pitches % 12, -1), 12)
        counts = tf.reduce_sum(classes, axis=2)
        templates = [
            np.isin(np.arange(12), (np.asarray(CHORDS[name]) + root) % 12)
            for name in self.chords
            for root in range(12)
        ]
        members = tf.tensordot(
            counts, tf.constant(np.transpose(templates), counts.dtype), 1
        )
        number = tf.reduce_sum(counts, axis=-1)
        best = tf.math.divide_no_nan(tf.reduce_max(members, axis=-1), number)
        steps = tf.reduce_sum(tf.cast(number > 0.0, tf.float32), axis=1)
        return tf.math.divide_no_nan(tf.reduce_sum(best, axis=1), steps)

    def get_config(self):
        return {**super().get_config(), "chords": self.chords}
