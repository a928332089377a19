import dataclasses

import numpy as np

from keras_rlgen.arguments import is_integer
from keras_rlgen.music.keys import key_index, transposed_key
from keras_rlgen.music.note_steps import steps_of_notes


@dataclasses.dataclass(frozen=True)
class Passages:
    """Passages of pieces of music, as tokens for a generator.

    Attributes:
        tokens: Int32 array `(passages, ...)`.
        keys: Int32 array `(passages,)`, the key of the piece that a passage is of, as
            in `keras_rlgen.music.key_index`, after transposition.
        pieces: Int32 array `(passages,)`, the index in `names`.
        names: Tuple of strings, the names of the pieces.
        encoding: The `Encoding` of the tokens.

    Example:

    ```python
    train, valid, test = music.bach_chorales(voices=1, length=64)
    model.fit(train.tokens, validation_data=valid.tokens)
    ```
    """

    tokens: np.ndarray
    keys: np.ndarray
    pieces: np.ndarray
    names: tuple
    encoding: object

    def __len__(self):
        return len(self.tokens)

    def __getitem__(self, part):
        """Returns some of the passages, by a slice or an array of indices."""
        return dataclasses.replace(
            self,
            tokens=self.tokens[part],
            keys=self.keys[part],
            pieces=self.pieces[part],
        )


def passages(pieces, encoding, length, hop=None, transpositions=(0,), common_key=False):
    """Cuts pieces into passages of equal length, as tokens.

    Passages begin at every `hop` steps from the first bar line. If the encoding has an
    end token, what is left of a piece at its end is padded with it; otherwise only full
    passages are kept. A note that sounds at the beginning of a passage begins there.

    Args:
        pieces: List of `Piece`.
        encoding: `MelodyEncoding`, which takes the first voice; `ChoraleEncoding`, or
            `PianoRollEncoding`.
        length: Integer >= 1, the steps of a passage.
        hop: Integer >= 1. Defaults to `length`.
        transpositions: Integers, semitones. Each passage is there once for each, if its
            pitches stay within the encoding's range. For training data only: held-out
            data in other keys would be other data.
        common_key: Whether pieces are first transposed to C major or A minor, by at
            most 6 semitones.

    Returns:
        `Passages`.

    Raises:
        ValueError: If a piece has too few voices, or no passage is left.

    Example:

    >>> scale = [Note(pitch, float(i), 1.0) for i, pitch in enumerate((60, 62, 64, 65))]
    >>> encoding = MelodyEncoding(low=60, steps_per_quarter=1)
    >>> passages([Piece("scale", [scale], key=0)], encoding, length=2).tokens
    array([[0, 2],
           [4, 5]], dtype=int32)
    """
    hop = length if hop is None else hop
    for name, value in (("length", length), ("hop", hop)):
        if not is_integer(value) or value < 1:
            raise ValueError(
                f"Expected `{name}` to be a positive integer. Received: {value!r}"
            )
    tokens, keys, indices, longest = [], [], [], 0
    for index, piece in enumerate(pieces):
        pitches, onsets = _steps(piece, encoding)
        longest = max(longest, len(pitches))
        shifts = transpositions
        if common_key:
            to_common = shift_to_common_key(piece.key)
            shifts = [to_common + shift for shift in transpositions]
        for start in _starts(len(pitches), length, hop, encoding.end_token):
            part = pitches[start : start + length]
            begins = onsets[start : start + length].copy()
            begins[0] = part[0] >= 0
            for shift in shifts:
                moved = np.where(part < 0, -1, part + shift)
                if encoding.has_pitches(moved):
                    tokens.append(encoding.tokens_of_steps(moved, begins, length))
                    keys.append(transposed_key(piece.key, shift))
                    indices.append(index)
    if not tokens:
        raise ValueError(
            f"Expected pieces of {length} steps or more, within the range of "
            f"{encoding}. Received: {len(pieces)} pieces of at most {longest} steps. "
            "Lower `length`, widen the range, or use an encoding with `end=True`."
        )
    return Passages(
        tokens=np.stack(tokens),
        keys=np.asarray(keys, np.int32),
        pieces=np.asarray(indices, np.int32),
        names=tuple(piece.name for piece in pieces),
        encoding=encoding,
    )


def _steps(piece, encoding):
    """Returns the steps of the voices that the encoding takes."""
    voices = piece.voices[: encoding.num_voices]
    if not encoding.has_voices:
        # Notes that sound together need voices of their own.
        by_pitch = {}
        for note in (note for voice in piece.voices for note in voice):
            by_pitch.setdefault(note.pitch, []).append(note)
        voices = list(by_pitch.values())
    elif len(voices) < encoding.num_voices:
        raise ValueError(
            f"Expected pieces of at least {encoding.num_voices} voices. Received: "
            f"{piece.name}, of {len(voices)}"
        )
    return steps_of_notes(voices, encoding.steps_per_quarter)


def _starts(num_steps, length, hop, end_token):
    if end_token is None:
        return range(0, num_steps - length + 1, hop)
    return range(0, num_steps, hop)


def shift_to_common_key(key):
    """Returns the semitones, from -6 to 5, by which a key becomes C major or A minor.

    Example:

    >>> shift_to_common_key("D major"), shift_to_common_key("F minor")
    (-2, 4)
    """
    index = key_index(key)
    common = 0 if index < 12 else 9
    return (common - index % 12 + 6) % 12 - 6
