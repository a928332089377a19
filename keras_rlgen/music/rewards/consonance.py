import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.music.rewards.music_reward import MusicReward

ABOVE_BASS = (0, 3, 4, 7, 8, 9)
BETWEEN_UPPER = (*ABOVE_BASS, 5, 6)


@keras.saving.register_keras_serializable("keras_rlgen")
class Consonance(MusicReward):
    """The fraction of pairs of notes that sound together and are consonant.

    At each step all pairs are counted. Unison, octave, thirds, fifth and sixths are
    consonant, with their compounds. Between the upper notes the fourth and the tritone
    are too; above the bass, the lowest note, they are not. 1 is best, 0 worst, and of a
    piece without pairs.

    Args:
        encoding: An `Encoding` of several voices.

    Example:

    >>> encoding = ChoraleEncoding(hold=False, steps_per_quarter=1)
    >>> chords = encoding.tokens([[[72, 67, 64, 48]], [[72, 67, 65, 48]]])
    >>> Consonance(encoding)(chords).numpy().round(2)
    array([1.  , 0.67], dtype=float32)

    Reference:
        Fux, 1725, *Gradus ad Parnassum*, and Aldwell and Schachter, *Harmony and Voice
        Leading*, chapter 2, for which intervals are consonant; the fraction is ours.
    """

    min_voices = 2

    def score(self, grid):
        sounding = grid.sounding & grid.valid[..., tf.newaxis]
        pitches = tf.where(sounding, grid.pitches, 128)
        bass = tf.reduce_min(pitches, axis=-1, keepdims=True)
        # Of several notes at the pitch of the bass, one is the bass.
        is_bass = tf.cumsum(tf.cast(pitches == bass, tf.int32), axis=-1) == 1
        is_bass &= sounding & (pitches == bass)
        classes = tf.where(sounding, grid.pitches % 12, -1)
        lowest = _counts(tf.where(is_bass, classes, -1))
        upper = _counts(tf.where(is_bass, -1, classes))
        above_bass = _sums(lowest, upper, ABOVE_BASS)
        # Each pair of upper notes is there twice, and each note with itself once.
        number = tf.reduce_sum(upper, axis=-1)
        between = 0.5 * (_sums(upper, upper, BETWEEN_UPPER) - number)
        consonant = tf.reduce_sum(above_bass + between, axis=1)
        pairs = number * tf.reduce_sum(lowest, axis=-1) + 0.5 * number * (number - 1.0)
        return tf.math.divide_no_nan(consonant, tf.reduce_sum(pairs, axis=1))


def _counts(classes):
    """Returns how many notes each pitch class has, `(batch, steps, 12)`."""
    return tf.reduce_sum(tf.one_hot(classes, 12), axis=2)


def _sums(first, second, intervals):
    """Returns the number of pairs that form one of the intervals."""
    # Which of two is the higher one is known of the bass alone; the set of intervals of
    # the others is the same upside down.
    semitones = (np.arange(12)[np.newaxis] - np.arange(12)[:, np.newaxis]) % 12
    matrix = tf.constant(np.isin(semitones, intervals), tf.float32)
    return tf.reduce_sum(tf.tensordot(first, matrix, 1) * second, axis=-1)
