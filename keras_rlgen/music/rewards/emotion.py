import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.music.keys import key_correlations, pitch_class_weights
from keras_rlgen.music.rewards.music_reward import MusicReward
from keras_rlgen.music.rewards.note_density import notes_per_quarter

DIRECTIONS = {
    "brighter": (1.0, 0.0),
    "darker": (-1.0, 0.0),
    "livelier": (0.0, 1.0),
    "calmer": (0.0, -1.0),
}


@keras.saving.register_keras_serializable("keras_rlgen")
class Emotion(MusicReward):
    """Valence or arousal of music, by a proxy from mode, register, density and tempo.

    With the mode `m`, the correlation of the pitch classes with the best major key less
    that with the best minor key; the register `r = (mean pitch - 60) / 12`, octaves
    above middle C; and the density `d = log2(notes a second)`, of which a voice has
    `notes per quarter * tempo / 60`:

    - valence: `v = 2 m + r / 2`
    - arousal: `a = d + r / 2`

    `"brighter"` is `v`, `"darker"` is `-v`, `"livelier"` is `a`, `"calmer"` is `-a`.
    No listener has judged them: the weights are ours, and only the directions come from
    the literature. Use it to ask for more or less, beside a penalty on the distance to
    what the model has learned; not to say what music expresses.

    Args:
        encoding: The `Encoding` of the samples.
        direction: `"brighter"`, `"darker"`, `"livelier"` or `"calmer"`.
        tempo: Float > 0, quarter notes a minute at which the music is to be played.

    Raises:
        ValueError: If the direction is unknown or the tempo not positive.

    Example:

    >>> encoding = MelodyEncoding(steps_per_quarter=1)
    >>> major, minor = [60, 62, 64, 65, 67, 60], [60, 62, 63, 65, 67, 60]
    >>> bright, dark = Emotion(encoding, "brighter")(encoding.tokens([major, minor]))
    >>> bool(bright > dark)
    True

    Reference:
        Wallis et al., 2011, *A rule-based generative music system controlled by desired
        valence and arousal* (Sound and Music Computing), whose valence acts through
        mode and register, and whose arousal through density. Gabrielsson and
        Lindström, 2010, in *Handbook of Music and Emotion*, review listeners'
        judgements of mode, register and tempo.
    """

    def __init__(
        self, encoding, direction="brighter", tempo=100.0, name=None, **kwargs
    ):
        super().__init__(encoding, name=name or direction, **kwargs)
        if direction not in DIRECTIONS:
            raise ValueError(
                f"Expected one of {sorted(DIRECTIONS)}. Received: {direction!r}"
            )
        if not (is_number(tempo) and 0.0 < tempo < np.inf):
            raise ValueError(
                "Expected a positive `tempo`, quarter notes a minute. "
                f"Received: {tempo!r}"
            )
        self.direction = direction
        self.tempo = float(tempo)

    def score(self, grid):
        for_valence, for_arousal = DIRECTIONS[self.direction]
        if for_valence:
            return for_valence * valence(grid)
        steps = self.encoding.steps_per_quarter
        return for_arousal * arousal(grid, steps, self.tempo)

    def get_config(self):
        return {
            **super().get_config(),
            "direction": self.direction,
            "tempo": self.tempo,
        }


def valence(grid):
    """Computes the valence of music, float32 `(batch,)`. See `Emotion`."""
    correlations = key_correlations(pitch_class_weights(grid))
    major = tf.reduce_max(correlations[:, :12], axis=1)
    minor = tf.reduce_max(correlations[:, 12:], axis=1)
    return 2.0 * (major - minor) + 0.5 * _register(grid)


def arousal(grid, steps_per_quarter, tempo):
    """Computes the arousal of music, float32 `(batch,)`. See `Emotion`.

    Args:
        grid: `Grid`.
        steps_per_quarter: Integer.
        tempo: Float, quarter notes a minute. Fewer than a note in 16 seconds count as
            that.
    """
    notes_per_second = notes_per_quarter(grid, steps_per_quarter) * tempo / 60.0
    density = tf.math.log(tf.maximum(notes_per_second, 0.0625)) / np.log(2.0)
    return density + 0.5 * _register(grid)


def _register(grid):
    """Returns octaves above middle C, the mean over steps and voices that sound."""
    sounding = tf.cast(grid.sounding & grid.valid[..., tf.newaxis], tf.float32)
    octaves = (tf.cast(grid.pitches, tf.float32) - 60.0) / 12.0
    total = tf.reduce_sum(octaves * sounding, axis=[1, 2])
    return tf.math.divide_no_nan(total, tf.reduce_sum(sounding, axis=[1, 2]))
