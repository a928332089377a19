import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import CHORDS, chords
from tests.music.rewards.round_trip import scores


def test_parallels_of_hand_made_bars():
    tokens = np.concatenate(
        [
            chords((72, 67, 64, 48), (74, 69, 65, 50)),  # Bass: octave, fifth.
            chords((72, 67, 64, 48), (72, 69, 65, 53)),  # Only a held soprano.
            chords((67, 64, 60, 48), (74, 65, 62, 43)),  # Fifths by contrary motion.
            chords((72, 67, 64, 48), (72, 67, 64, 48)),  # Repeated, not parallel.
            chords((72, 67, 64, 48), (-1, 69, 65, 50)),  # The soprano rests: a fifth.
        ]
    )
    found = scores(music.ParallelIntervals(CHORDS), tokens)
    np.testing.assert_allclose(found, [-2.0, 0.0, 0.0, 0.0, -1.0])
    octaves = music.ParallelIntervals(CHORDS, intervals=(0,), name="octaves")
    np.testing.assert_allclose(scores(octaves, tokens)[[0, 4]], [-1.0, 0.0])


def test_they_are_counted_for_each_change():
    bar = chords((72, 67, 64, 48), (74, 69, 65, 50), (74, 69, 65, 50), (72, 67, 64, 52))
    assert music.ParallelIntervals(CHORDS)(bar).numpy().tolist() == [-1.0]
    with pytest.raises(ValueError, match="from 0 to 11 semitones"):
        music.ParallelIntervals(CHORDS, intervals=(12,))
