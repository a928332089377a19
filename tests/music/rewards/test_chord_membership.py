import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import CHORDS, chords
from tests.music.rewards.round_trip import scores


def test_chords_and_strange_notes():
    tokens = np.concatenate(
        [
            chords((72, 67, 64, 48), (74, 71, 65, 55)),  # C major, G seventh.
            chords((72, 67, 61, 48), (-1, -1, -1, -1)),  # A strange note; silence.
            chords((72, 71, 70, 69), (-1, -1, -1, 60)),  # Two of four; one of one.
            chords((-1, -1, -1, -1), (-1, -1, -1, -1)),
        ]
    )
    found = scores(music.ChordMembership(CHORDS), tokens)
    np.testing.assert_allclose(found, [1.0, 0.75, 0.75, 0.0])
    triads = music.ChordMembership(CHORDS, chords=("major", "minor"), name="triads")
    np.testing.assert_allclose(scores(triads, tokens)[:2], [0.875, 0.75])


def test_unknown_chords():
    with pytest.raises(ValueError, match=r"Received: \['augmented'\]"):
        music.ChordMembership(CHORDS, chords=("augmented",))
