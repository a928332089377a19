import numpy as np

from keras_rlgen import music
from tests.music.pieces import CHORDS, QUARTERS, chords, melody
from tests.music.rewards.round_trip import scores


def test_last_notes():
    tokens = np.concatenate(
        [
            melody(64, 62, 60, -1),
            melody(60, 62, 64, 67),
            melody(-1, -1, -1, -1),
            melody(69, 64, 60, 57),
        ]
    )
    found = scores(music.EndsOnTonic(QUARTERS), tokens)
    assert found.tolist() == [1.0, 0.0, 0.0, 0.0]
    estimated = music.EndsOnTonic(QUARTERS, "estimated", name="estimated")
    assert scores(estimated, tokens)[3] == 1.0
    bar = chords((72, 67, 64, 55), (72, 67, 64, 48))
    assert music.EndsOnTonic(CHORDS, voice=3)(bar).numpy().tolist() == [1.0]
