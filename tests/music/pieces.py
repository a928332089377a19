"""Hand-made music for the tests."""

import numpy as np

from keras_rlgen.music import ChoraleEncoding, MelodyEncoding, Note, Piece

QUARTERS = MelodyEncoding(low=48, high=84, steps_per_quarter=1)
CHORDS = ChoraleEncoding(hold=False, steps_per_quarter=1)


def melody(*pitches, encoding=QUARTERS):
    """Returns tokens of one melody, a note for each step, -1 for a rest."""
    return encoding.tokens([pitches])


def chords(*steps, encoding=CHORDS):
    """Returns tokens of one piece of chords, from soprano to bass."""
    return encoding.tokens([steps])


def notes(*pitches, duration=1.0):
    return [Note(p, i * duration, duration) for i, p in enumerate(pitches) if p >= 0]


def scale_piece(name="scale", length=8, root=60):
    """Returns a piece of four voices in parallel octaves and unisons."""
    line = [root + (0, 2, 4, 5, 7, 9, 11, 12)[i % 8] for i in range(length)]
    voices = [notes(*(np.asarray(line) - shift)) for shift in (0, 0, 12, 12)]
    return Piece(name, [list(v) for v in voices], key=root % 12)
