import keras
import tensorflow as tf

from keras_rlgen.music.rewards.metre import check_bar
from keras_rlgen.music.rewards.music_reward import VoiceReward


@keras.saving.register_keras_serializable("keras_rlgen")
class Regularity(VoiceReward):
    """How alike the rhythms of successive bars are.

    Of two bars, the number of steps at which a note begins in both, over the number at
    which one begins in either (the Jaccard index), the mean over pairs of successive
    bars with notes. 1 for the same rhythm in all bars, which real music does not have:
    combine it with a reward for likeness.

    Args:
        encoding: The `Encoding` of the samples.
        quarters_per_bar: Integer >= 1.
        voice: Integer, which voice, 0 for the highest.

    Raises:
        ValueError: If `quarters_per_bar` is not a positive integer; when called, if
            samples have fewer than two bars.

    Example:

    >>> encoding = MelodyEncoding(low=60, steps_per_quarter=1)
    >>> bars = encoding.tokens([[60, 62, 64, 65, 60, -1, 64, -1]])
    >>> Regularity(encoding)(bars).numpy()
    array([0.5], dtype=float32)

    Reference:
        The similarity of rhythms as sets of onsets: Toussaint, 2004, *A Comparison of
        Rhythmic Similarity Measures*, which has the Hamming distance.
    """

    def __init__(self, encoding, quarters_per_bar=4, voice=0, name=None, **kwargs):
        super().__init__(encoding, voice, name=name, **kwargs)
        check_bar(quarters_per_bar)
        self.quarters_per_bar = quarters_per_bar

    def score(self, grid):
        onsets = grid.onsets[..., 0] & grid.valid
        bar = self.quarters_per_bar * self.encoding.steps_per_quarter
        bars = onsets.shape[1] // bar
        if bars < 2:
            raise ValueError(
                f"Reward '{self.name}' expected samples of two bars or more, of {bar} "
                f"steps. Received: {onsets.shape[1]} steps"
            )
        onsets = tf.reshape(onsets[:, : bars * bar], [-1, bars, bar])
        first, second = onsets[:, :-1], onsets[:, 1:]
        both, either = (
            tf.reduce_sum(tf.cast(x, tf.float32), axis=2)
            for x in (first & second, first | second)
        )
        pairs = tf.reduce_sum(tf.cast(either > 0.0, tf.float32), axis=1)
        alike = tf.reduce_sum(tf.math.divide_no_nan(both, either), axis=1)
        return tf.math.divide_no_nan(alike, pairs)

    def get_config(self):
        return {**super().get_config(), "quarters_per_bar": self.quarters_per_bar}
