import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import QUARTERS, melody
from tests.music.rewards.round_trip import scores


def test_notes_outside_and_narrow_melodies():
    tokens = np.concatenate(
        [melody(60, 64, 67, 72), melody(58, 60, 62, -1), melody(-1, -1, -1, -1)]
    )
    found = scores(music.PitchRange(QUARTERS, 60, 72, width=8, name="range"), tokens)
    np.testing.assert_allclose(found, [0.0, -1 / 3 - 0.5, -1.0], rtol=1e-6)
    found = music.PitchRange(QUARTERS, 60, 70, width=0)(tokens)
    np.testing.assert_allclose(found, [-0.25, -1 / 3, 0.0], rtol=1e-6)
    for arguments in ((72, 60, 0), (60, 72, 13), (60, 200, 0)):
        with pytest.raises(ValueError, match="0 <= width <= high - low"):
            music.PitchRange(QUARTERS, *arguments)
