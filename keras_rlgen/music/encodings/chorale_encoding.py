import keras
import tensorflow as tf

from keras_rlgen.arguments import check_flag
from keras_rlgen.music.encodings.melody_encoding import before_end
from keras_rlgen.music.encodings.pitch_tokens import PitchTokens
from keras_rlgen.music.grid import Grid


@keras.saving.register_keras_serializable("keras_rlgen")
class ChoraleEncoding(PitchTokens):
    """Encodes four voices as tokens `(steps, 4)`, or one after another `(4 * steps,)`.

    The voices are soprano, alto, tenor and bass, in this order. Tokens are those of
    `MelodyEncoding`, the same for all voices. With `(steps, 4)`, a generator with
    `voices=4` predicts the four independently, given the steps before. Interleaved,
    each voice knows those before it in its step: give the backbone `period=4`.

    Args:
        low: Integer, the lowest MIDI pitch.
        high: Integer, the highest MIDI pitch.
        hold: Whether there is a token of holding the note of the step before. Without
            it, the same pitch at successive steps is one note.
        end: Whether there is an end token, with which a shorter piece is padded. Only
            if interleaved.
        steps_per_quarter: Integer >= 1.
        interleaved: Whether voices follow each other, `(4 * steps,)`.

    Raises:
        ValueError: If the pitches are not 0 <= low <= high <= 127, if
            `steps_per_quarter` is not a positive integer, or if there is an end token
            without interleaving.

    Example:

    >>> encoding = ChoraleEncoding(interleaved=True, steps_per_quarter=1)
    >>> chord = [[Note(pitch, 0.0, 1.0)] for pitch in (72, 67, 64, 48)]
    >>> encoding.encode(chord)
    array([36, 31, 28, 12], dtype=int32)
    >>> encoding.sample_shape(16), encoding.period
    ((64,), 4)
    """

    num_voices = 4

    def __init__(
        self,
        low=36,
        high=84,
        hold=True,
        end=False,
        steps_per_quarter=2,
        interleaved=False,
    ):
        if end and not interleaved:
            raise ValueError(
                "An end token needs `interleaved=True`: voices that are independent of "
                "each other would not end together. Received: end=True"
            )
        super().__init__(low, high, hold, end, steps_per_quarter)
        check_flag("interleaved", interleaved)
        self.interleaved = bool(interleaved)
        self.voices = None if interleaved else self.num_voices
        self.period = self.num_voices if interleaved else None

    def sample_shape(self, num_steps):
        if self.interleaved:
            return (self.num_voices * num_steps,)
        return (num_steps, self.num_voices)

    def num_steps(self, shape):
        return shape[0] // self.num_voices if self.interleaved else shape[0]

    def tokens_of_steps(self, pitches, onsets, length=None):
        tokens = self._voice_tokens(pitches, onsets, length)
        if self.interleaved:
            return tokens.reshape(*tokens.shape[:-2], -1)
        return tokens

    def grid(self, tokens):
        tokens = self.checked(tokens)
        if self.interleaved and tokens.shape[1] % self.num_voices:
            raise ValueError(
                "Expected interleaved tokens of a length that is a multiple of "
                f"{self.num_voices}. Received: {tokens.shape[1]}"
            )
        valid = before_end(tokens, self.end_token)
        if self.interleaved:
            # A piece ends with the first end token, whichever voice it is of.
            steps = tokens.shape[1] // self.num_voices
            tokens = tf.reshape(tokens, [-1, steps, self.num_voices])
            valid = tf.reshape(valid, tf.shape(tokens))
        valid = tf.reduce_all(valid, axis=2)
        pitches, onsets = self._voice_grid(tokens)
        return Grid(pitches, onsets, valid)

    def get_config(self):
        return {**super().get_config(), "interleaved": self.interleaved}
