import keras
import tensorflow as tf

from keras_rlgen.music.rewards.music_reward import MusicReward, fraction


@keras.saving.register_keras_serializable("keras_rlgen")
class VoiceLeading(MusicReward):
    """Minus the size of the voices' movements, crossings and wide spacing.

    `-m / 12 - c - w`, where `m` is the mean movement in semitones of a voice from one
    note to the next; `c` the fraction of pairs of adjacent voices, over all steps at
    which both sound, in which the lower voice is above the higher one; and `w` that of
    pairs more than an octave apart, the bass left out. 0 is best.

    Args:
        encoding: An `Encoding` of several voices.

    Example:

    >>> encoding = ChoraleEncoding(hold=False, steps_per_quarter=1)
    >>> bar = encoding.tokens([[[72, 67, 64, 48], [72, 69, 65, 53]]])
    >>> VoiceLeading(encoding)(bar).numpy().round(3)  # -(2 + 1 + 5) / 3 / 12
    array([-0.222], dtype=float32)

    Reference:
        Huron, 2001, *Tone and Voice: A Derivation of the Rules of Voice-Leading from
        Perceptual Principles*, for movement, crossing and spacing. The weights are
        ours.
    """

    needs_voices = True
    min_voices = 2

    def score(self, grid):
        sounding = grid.sounding & grid.valid[..., tf.newaxis]
        pitches = grid.pitches
        both = sounding[:, 1:] & sounding[:, :-1] & grid.onsets[:, 1:]
        movement = tf.abs(pitches[:, 1:] - pitches[:, :-1])
        total = tf.reduce_sum(tf.where(both, movement, 0), axis=[1, 2])
        count = tf.reduce_sum(tf.cast(both, tf.int32), axis=[1, 2])
        mean = tf.cast(total, tf.float32) / tf.maximum(tf.cast(count, tf.float32), 1.0)
        pairs = sounding[..., :-1] & sounding[..., 1:]
        distance = pitches[..., :-1] - pitches[..., 1:]
        crossed = fraction(distance < 0, pairs)
        wide = fraction(distance[..., :-1] > 12, pairs[..., :-1])
        return -mean / 12.0 - crossed - wide
