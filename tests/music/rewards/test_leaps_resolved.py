import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import QUARTERS, melody
from tests.music.rewards.round_trip import scores


def test_leaps_counted_by_hand():
    tokens = np.concatenate(
        [
            melody(60, 65, 64, 72, 73, -1),  # A fourth, resolved; a sixth, not.
            melody(60, 65, -1, 64, 62, 57),  # A rest between; the last leap is open.
            melody(60, 62, 64, 62, 60, 60),  # No leap.
            melody(60, 67, 67, 60, 62, 62),  # A repeat resolves nothing; a fifth back.
        ]
    )
    found = scores(music.LeapsResolved(QUARTERS), tokens)
    np.testing.assert_allclose(found, [0.5, 1.0, 1.0, 0.5])
    fifths = music.LeapsResolved(QUARTERS, leap=8, name="sixths")
    np.testing.assert_allclose(scores(fifths, tokens), [0.0, 1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="3 semitones or more"):
        music.LeapsResolved(QUARTERS, leap=2)
