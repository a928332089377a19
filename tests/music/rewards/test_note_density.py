import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import QUARTERS, melody
from tests.music.rewards.round_trip import scores


def test_notes_for_each_quarter():
    tokens = np.concatenate([melody(60, 62, 64, 65), melody(60, -1, -1, -1)])
    found = scores(music.NoteDensity(QUARTERS, target=0.5, name="density"), tokens)
    np.testing.assert_allclose(found, [-0.5, -0.25])
    encoding = music.MelodyEncoding(low=60, end=True, steps_per_quarter=2)
    ended = np.array([[0, 2, encoding.end_token, 4]])
    assert music.NoteDensity(encoding, target=2.0)(ended).numpy().tolist() == [0.0]
    with pytest.raises(ValueError, match="finite and zero or above"):
        music.NoteDensity(QUARTERS, target=-1.0)
