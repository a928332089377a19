import numpy as np

from keras_rlgen import music
from tests.music.pieces import CHORDS, chords
from tests.music.rewards.round_trip import scores


def test_movement_crossing_and_spacing():
    tokens = np.concatenate(
        [
            chords((72, 67, 64, 48), (72, 67, 64, 48)),  # Nothing moves.
            chords((72, 67, 64, 48), (74, 65, 64, 43)),  # 2, 2 and 5 semitones.
        ]
    )
    found = scores(music.VoiceLeading(CHORDS), tokens)
    np.testing.assert_allclose(found, [0.0, -9 / 3 / 12], rtol=1e-6)
    # An alto above the soprano; a soprano far above, and a bass far below.
    single = np.concatenate([chords((67, 72, 64, 48)), chords((79, 65, 62, 36))])
    np.testing.assert_allclose(
        music.VoiceLeading(CHORDS)(single), [-1 / 3, -1 / 2], rtol=1e-6
    )
