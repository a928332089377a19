import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.music.encodings.pitch_tokens import PitchTokens
from keras_rlgen.music.grid import Grid


@keras.saving.register_keras_serializable("keras_rlgen")
class MelodyEncoding(PitchTokens):
    """Encodes a melody as one token a step, `(steps,)`.

    Token `i` begins a note of the pitch `low + i`. With the defaults of `hold` and
    `end`, the last token is the hold, and the one before is the rest.

    Args:
        low: Integer, the lowest MIDI pitch. The defaults are the range of a soprano.
        high: Integer, the highest MIDI pitch.
        hold: Whether there is a token of holding the note of the step before. Without
            it, the same pitch at successive steps is one note.
        end: Whether there is an end token: a piece may then be shorter than its tokens.
        steps_per_quarter: Integer >= 1; 2 for steps of an eighth note.

    Raises:
        ValueError: If the pitches are not 0 <= low <= high <= 127, or
            `steps_per_quarter` is not a positive integer.

    Example:

    >>> encoding = MelodyEncoding(low=60, high=72, steps_per_quarter=1)
    >>> notes = [Note(60, start=0.0, duration=2.0), Note(67, start=3.0, duration=1.0)]
    >>> tokens = encoding.encode([notes])
    >>> tokens  # A note, a hold, a rest, a note.
    array([ 0, 14, 13,  7], dtype=int32)
    >>> encoding.decode(tokens)[0] == notes
    True

    Reference:
        [Jaques et al., 2017](https://arxiv.org/abs/1611.02796), section 4, which has
        38 such tokens; a hold is its "no event".
    """

    num_voices = 1

    def __init__(self, low=55, high=84, hold=True, end=False, steps_per_quarter=2):
        super().__init__(low, high, hold, end, steps_per_quarter)

    def sample_shape(self, num_steps):
        return (num_steps,)

    def tokens_of_steps(self, pitches, onsets, length=None):
        return self._voice_tokens(pitches, onsets, length)[..., 0]

    def grid(self, tokens):
        tokens = self.checked(tokens)
        pitches, onsets = self._voice_grid(tokens[..., np.newaxis])
        return Grid(pitches, onsets, before_end(tokens, self.end_token))


def before_end(tokens, end_token):
    """Returns which steps of tokens `(batch, steps)` come before the first end token.

    Example:

    >>> before_end(tf.constant([[1, 3, 2]]), end_token=3).numpy()
    array([[ True, False, False]])
    """
    if end_token is None:
        return tf.ones_like(tokens, tf.bool)
    ends = tf.cast(tf.equal(tokens, end_token), tf.int32)
    return tf.cumsum(ends, axis=1) == 0
