from typing import NamedTuple

import numpy as np

from keras_rlgen.music.keys import key_correlations


class Piece(NamedTuple):
    """A piece of music, as notes.

    Attributes:
        name: String.
        voices: List of lists of `Note`, from the highest voice to the lowest.
        key: Integer, as in `keras_rlgen.music.key_index`.
        quarters_per_bar: Float, quarter notes of a bar.

    Example:

    >>> Piece("scale", [[Note(60, 0.0, 1.0), Note(62, 1.0, 1.0)]], key=0).name
    'scale'
    """

    name: str
    voices: list
    key: int
    quarters_per_bar: float = 4.0


def with_estimated_key(name, voices, quarters_per_bar=4.0):
    """Returns a `Piece` whose key is estimated from its notes.

    See `keras_rlgen.music.key_correlations`.

    Args:
        name: String.
        voices: List of lists of `Note`.
        quarters_per_bar: Float.

    Example:

    >>> scale = [Note(57 + i, float(n), 1.0) for n, i in enumerate((0, 2, 3, 5, 7, 0))]
    >>> KEY_NAMES[with_estimated_key("scale", [scale]).key]
    'A minor'
    """
    weights = np.zeros(12)
    for notes in voices:
        for note in notes:
            weights[note.pitch % 12] += note.duration
    key = int(np.argmax(key_correlations(weights)))
    return Piece(name, voices, key, quarters_per_bar)
