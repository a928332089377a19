from typing import NamedTuple


class Note(NamedTuple):
    """A note of a voice.

    Attributes:
        pitch: Integer, the MIDI pitch in [0, 127]; 60 is middle C.
        start: Float >= 0, in quarter notes from the first bar line.
        duration: Float > 0, in quarter notes.

    Example:

    >>> Note(pitch=60, start=0.0, duration=1.0).pitch
    60
    """

    pitch: int
    start: float
    duration: float
