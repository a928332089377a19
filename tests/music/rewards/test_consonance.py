import itertools

import numpy as np

from keras_rlgen import music
from tests.music.pieces import CHORDS
from tests.music.rewards.round_trip import scores


def slow_consonance(steps):
    consonant = pairs = 0
    for step in steps:
        pitches = sorted(p for p in step if p >= 0)
        for i, j in itertools.combinations(range(len(pitches)), 2):
            allowed = {0, 3, 4, 7, 8, 9} | (set() if i == 0 else {5, 6})
            pairs += 1
            consonant += (pitches[j] - pitches[i]) % 12 in allowed
    return consonant / pairs if pairs else 0.0


def test_random_chords():
    random = np.random.default_rng(0)
    pitches = random.integers(36, 84, (6, 5, 4))
    pitches[random.random(pitches.shape) < 0.2] = -1
    pitches[5] = -1
    expected = [slow_consonance(piece) for piece in pitches]
    tokens = CHORDS.tokens(pitches)
    np.testing.assert_allclose(
        scores(music.Consonance(CHORDS), tokens), expected, rtol=1e-5
    )
    roll = music.PianoRollEncoding()
    distinct = [[sorted(set(step)) for step in piece] for piece in pitches.tolist()]
    rolled = roll.tokens_of_steps(pitches, pitches > 0)
    np.testing.assert_allclose(
        scores(music.Consonance(roll), rolled),
        [slow_consonance(piece) for piece in distinct],
        rtol=1e-5,
    )
