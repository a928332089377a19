import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import CHORDS, QUARTERS, chords, melody
from tests.music.rewards.round_trip import scores


def test_notes_of_a_scale():
    tokens = np.concatenate([melody(60, 61, 62, -1), melody(62, 66, 69, 62)])
    np.testing.assert_allclose(scores(music.InKey(QUARTERS), tokens), [2 / 3, 0.75])
    in_d = music.InKey(QUARTERS, "D major", name="in_d")
    np.testing.assert_allclose(scores(in_d, tokens), [2 / 3, 1.0])
    estimated = music.InKey(QUARTERS, "estimated")
    assert scores(estimated, tokens)[1] == 1.0
    # Both sevenths of a minor key.
    assert music.InKey(QUARTERS, "A minor")(melody(67, 68, 69, 64)).numpy() == [1.0]
    assert music.InKey(CHORDS)(chords((72, 67, 63, 48))).numpy() == [0.75]
    assert music.InKey(QUARTERS)(melody(-1, -1)).numpy() == [0.0]
    with pytest.raises(ValueError, match="Expected a key such as"):
        music.InKey(QUARTERS, "C dorian")
