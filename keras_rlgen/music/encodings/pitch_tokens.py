"""Tokens of voices: pitches of a range, a rest, a hold and an end."""

import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import check_flag, is_integer
from keras_rlgen.music.encodings.encoding import Encoding
from keras_rlgen.music.grid import held_pitches


class PitchTokens(Encoding):
    """Base class of encodings in which a token is what one voice does at a step.

    Token `i` begins a note of the pitch `low + i`; then come the tokens of a rest, of a
    hold, and of the end.

    Args:
        low: Integer, the lowest MIDI pitch.
        high: Integer, the highest MIDI pitch.
        hold: Whether there is a token of holding the note of the step before. Without
            it, the same pitch at successive steps is one note.
        end: Whether there is an end token: a piece may then be shorter than its tokens.
        steps_per_quarter: Integer >= 1.

    Attributes:
        rest_token: Integer.
        hold_token: Integer, or `None`.
    """

    def __init__(self, low, high, hold, end, steps_per_quarter):
        super().__init__(steps_per_quarter)
        if not all(is_integer(p) for p in (low, high)) or not (0 <= low <= high <= 127):
            raise ValueError(
                "Expected MIDI pitches 0 <= low <= high <= 127. "
                f"Received: low={low!r}, high={high!r}"
            )
        check_flag("hold", hold)
        check_flag("end", end)
        self.low = low
        self.high = high
        self.hold = bool(hold)
        self.end = bool(end)
        self.rest_token = high - low + 1
        self.hold_token = self.rest_token + 1 if self.hold else None
        self.end_token = self.rest_token + 1 + self.hold if self.end else None
        self.vocabulary_size = self.rest_token + 1 + self.hold + self.end

    def has_pitches(self, pitches):
        return not np.any(self._outside(np.asarray(pitches)))

    def _outside(self, pitches):
        return (pitches != -1) & ((pitches < self.low) | (pitches > self.high))

    def tokens(self, pitches):
        """Returns the tokens that begin notes of the given pitches.

        Args:
            pitches: Int array of MIDI pitches, or -1 for rests.

        Returns:
            Int32 array of the same shape.

        Raises:
            ValueError: If a pitch is out of range.

        Example:

        >>> MelodyEncoding(low=60).tokens([60, 62, -1])
        array([ 0,  2, 25], dtype=int32)
        """
        pitches = np.asarray(pitches)
        outside = self._outside(pitches)
        if np.any(outside):
            found = sorted(set(pitches[outside].tolist()))
            raise ValueError(
                f"`{type(self).__name__}` has the pitches {self.low} to {self.high}, "
                f"and -1 for a rest. Received: {found[:10]}. Give it a wider range, or "
                "transpose the piece."
            )
        return np.where(pitches < 0, self.rest_token, pitches - self.low).astype(
            np.int32
        )

    def mask(self, scale):
        """Returns which tokens are in a scale, for `generate(mask=...)`.

        Args:
            scale: Bool array `(12,)` of the allowed pitch classes, C first, such as
                `scale_mask("C major")`.

        Returns:
            Bool array `(vocabulary_size,)`. Rest, hold and end are allowed.

        Example:

        >>> mask = MelodyEncoding(low=60, high=64).mask(scale_mask("C major"))
        >>> mask[:5].tolist()
        [True, False, True, False, True]
        """
        scale = np.asarray(scale, bool)
        if scale.shape != (12,):
            raise ValueError(
                "Expected `scale` to be booleans of the 12 pitch classes. "
                f"Received: shape {scale.shape}"
            )
        allowed = np.ones(self.vocabulary_size, bool)
        allowed[: self.rest_token] = scale[np.arange(self.low, self.high + 1) % 12]
        return allowed

    def _voice_tokens(self, pitches, onsets, length):
        """Encodes steps as tokens `(..., length, voices)`."""
        pitches, onsets = np.asarray(pitches), np.asarray(onsets, bool)
        if pitches.shape[-1] != self.num_voices or pitches.shape != onsets.shape:
            raise ValueError(
                f"Expected `pitches` and `onsets` of shape (..., steps, "
                f"{self.num_voices}). Received: {pitches.shape} and {onsets.shape}"
            )
        tokens = self.tokens(pitches)
        if self.hold:
            before = np.concatenate(
                [np.full_like(pitches[..., :1, :], -1), pitches[..., :-1, :]], axis=-2
            )
            held = (pitches >= 0) & (pitches == before) & ~onsets
            tokens = np.where(held, self.hold_token, tokens)
        missing = 0 if length is None else length - tokens.shape[-2]
        if missing < 0 or (missing > 0 and not self.end):
            raise ValueError(
                f"Expected a piece of {length} steps. Received: {tokens.shape[-2]} "
                "steps. Cut it; or, if it is too short, use an encoding with `end=True`"
            )
        if missing:
            padding = np.full(
                (*tokens.shape[:-2], missing, self.num_voices), self.end_token
            )
            tokens = np.concatenate([tokens, padding], axis=-2)
        return tokens.astype(np.int32)

    def _voice_grid(self, tokens):
        """Returns pitches and onsets of tokens `(batch, steps, voices)`."""
        is_hold = tf.zeros_like(tokens, bool)
        if self.hold:
            is_hold = tf.equal(tokens, self.hold_token)
        is_note = tokens < self.rest_token
        pitches = tf.where(is_note, tokens + self.low, -1)
        onsets = is_note
        if self.hold:
            pitches = held_pitches(pitches, is_hold)
        else:
            before = tf.pad(
                pitches[:, :-1], [[0, 0], [1, 0], [0, 0]], constant_values=-1
            )
            onsets &= pitches != before
        return pitches, onsets

    def get_config(self):
        return {
            "low": self.low,
            "high": self.high,
            "hold": self.hold,
            "end": self.end,
            "steps_per_quarter": self.steps_per_quarter,
        }
