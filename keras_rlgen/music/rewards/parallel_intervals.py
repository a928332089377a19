import keras
import tensorflow as tf

from keras_rlgen.music.rewards.music_reward import MusicReward


@keras.saving.register_keras_serializable("keras_rlgen")
class ParallelIntervals(MusicReward):
    """Minus the number of parallel fifths and octaves, for each change of chord.

    Two voices are parallel where both move, in the same direction, from a perfect fifth
    to a perfect fifth, or from a unison or octave to one, compounds included. A change
    is a step at which at least two voices move. 0 is best.

    Args:
        encoding: An `Encoding` of several voices.
        intervals: Tuple of integers, semitones within the octave.

    Example:

    >>> encoding = ChoraleEncoding(hold=False, steps_per_quarter=1)
    >>> bar = encoding.tokens([[[72, 64, 55, 48], [74, 65, 57, 50]]])
    >>> ParallelIntervals(encoding)(bar).numpy()  # A fifth and an octave with the bass.
    array([-2.], dtype=float32)

    Reference:
        Fux, 1725, *Gradus ad Parnassum*; Aldwell and Schachter, *Harmony and Voice
        Leading*, chapter 5.
    """

    needs_voices = True
    min_voices = 2

    def __init__(self, encoding, intervals=(0, 7), name=None, **kwargs):
        super().__init__(encoding, name=name, **kwargs)
        if not intervals or not set(intervals) <= set(range(12)):
            raise ValueError(
                "Expected `intervals` from 0 to 11 semitones. "
                f"Received: {list(intervals)}"
            )
        self.intervals = tuple(intervals)

    def score(self, grid):
        sounding = grid.sounding & grid.valid[..., tf.newaxis]
        movement = grid.pitches[:, 1:] - grid.pitches[:, :-1]
        moved = sounding[:, 1:] & sounding[:, :-1] & (movement != 0)
        parallels = 0.0
        for high in range(self.encoding.num_voices):
            for low in range(high + 1, self.encoding.num_voices):
                interval = tf.abs(grid.pitches[..., high] - grid.pitches[..., low]) % 12
                perfect = tf.reduce_any(
                    [tf.equal(interval, size) for size in self.intervals], axis=0
                )
                same = interval[:, 1:] == interval[:, :-1]
                both = moved[..., high] & moved[..., low]
                direction = movement[..., high] * movement[..., low] > 0
                found = both & direction & same & perfect[:, 1:]
                parallels += tf.reduce_sum(tf.cast(found, tf.float32), axis=1)
        changes = tf.reduce_sum(tf.cast(moved, tf.int32), axis=-1) >= 2
        count = tf.reduce_sum(tf.cast(changes, tf.float32), axis=1)
        return -parallels / tf.maximum(count, 1.0)

    def get_config(self):
        return {**super().get_config(), "intervals": self.intervals}
