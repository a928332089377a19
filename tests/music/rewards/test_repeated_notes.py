import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import QUARTERS, melody
from tests.music.rewards.round_trip import scores


def test_repeats_counted_by_hand():
    tokens = np.concatenate(
        [
            melody(60, 60, 60, 60, 60, 62),
            melody(60, 60, 62, 62, 60, 60),
            melody(60, -1, 60, 60, -1, -1),
        ]
    )
    found = scores(music.RepeatedNotes(QUARTERS, limit=2), tokens)
    np.testing.assert_allclose(found, [-3 / 6, 0.0, -1 / 3], rtol=1e-6)
    np.testing.assert_allclose(scores(music.RepeatedNotes(QUARTERS), tokens)[0], -2 / 6)
    np.testing.assert_allclose(music.RepeatedNotes(QUARTERS, limit=9)(tokens), 0.0)
    with pytest.raises(ValueError, match="`limit` to be a positive integer"):
        music.RepeatedNotes(QUARTERS, limit=0)
