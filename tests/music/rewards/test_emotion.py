import numpy as np
import pytest

from keras_rlgen import music
from keras_rlgen.music.rewards.emotion import arousal, valence
from tests.music.pieces import QUARTERS, melody
from tests.music.rewards.round_trip import scores

MAJOR = melody(60, 62, 64, 65, 67, 64, 62, 60)
MINOR = melody(60, 62, 63, 65, 67, 63, 62, 60)
HIGH = melody(72, 74, 76, 77, 79, 76, 74, 72)
SLOW = melody(60, -1, -1, -1, -1, -1, -1, -1)
ALL = np.concatenate([MAJOR, MINOR, HIGH, SLOW])


def test_directions():
    brighter = scores(music.Emotion(QUARTERS), ALL)
    assert brighter[0] > brighter[1] and brighter[2] > brighter[0]
    assert brighter[2] - brighter[0] == pytest.approx(0.5)  # An octave.
    darker = scores(music.Emotion(QUARTERS, "darker"), ALL)
    np.testing.assert_allclose(darker, -brighter)
    lively = scores(music.Emotion(QUARTERS, "livelier", tempo=60.0), ALL)
    octaves = np.mean([0, 2, 4, 5, 7, 4, 2, 0]) / 12
    np.testing.assert_allclose(
        lively, [octaves / 2, lively[1], octaves / 2 + 0.5, -3.0], rtol=1e-5
    )
    calmer = music.Emotion(QUARTERS, "calmer", tempo=120.0, name="calm")
    np.testing.assert_allclose(scores(calmer, ALL), -lively - 1.0, rtol=1e-5)
    assert music.Emotion(QUARTERS, "calmer").name == "calmer"


def test_silence_is_finite():
    grid = QUARTERS.grid(melody(-1, -1))
    assert valence(grid).numpy() == [0.0]
    assert arousal(grid, 1, 60.0).numpy() == [-4.0]


def test_what_there_is_not():
    with pytest.raises(ValueError, match="Received: 'sadder'"):
        music.Emotion(QUARTERS, "sadder")
    with pytest.raises(ValueError, match="a positive `tempo`"):
        music.Emotion(QUARTERS, tempo=0.0)
