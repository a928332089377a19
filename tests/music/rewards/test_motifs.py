import numpy as np
import pytest

from keras_rlgen import music
from keras_rlgen.music import MelodyEncoding
from tests.music.pieces import QUARTERS
from tests.music.rewards.round_trip import scores


def slow_motifs(pitches, onsets, steps, min_notes):
    """Returns the fraction of passages that were there before, transposed or not."""
    starts, seen = [], 0

    def passage(t):
        window = pitches[t : t + steps]
        base = window[0]
        relative = [None if p < 0 else p - base for p in window]
        return relative, list(onsets[t : t + steps])

    for t in range(len(pitches) - steps + 1):
        window, begins = pitches[t : t + steps], onsets[t : t + steps]
        changes = any(begins[i] and window[i] != window[i - 1] for i in range(1, steps))
        if begins[0] and sum(begins) >= min_notes and changes:
            starts.append(t)
            earlier = range(t - steps + 1)
            seen += any(onsets[s] and passage(s) == passage(t) for s in earlier)
    return seen / len(starts) if starts else 0.0


def test_random_melodies():
    random = np.random.default_rng(1)
    encoding = MelodyEncoding(low=60, high=62, steps_per_quarter=2)
    tokens = random.choice([0, 1, 2, 3, 4], p=[0.25, 0.25, 0.1, 0.1, 0.3], size=(6, 40))
    grid = encoding.grid(tokens)
    pitches, onsets = grid.pitches.numpy()[..., 0], grid.onsets.numpy()[..., 0]
    reward = music.Motifs(encoding, steps=3, min_notes=2, name="short")
    expected = [
        slow_motifs(*piece, 3, 2) for piece in zip(pitches, onsets, strict=True)
    ]
    assert max(expected) > 0.0
    np.testing.assert_allclose(scores(reward, tokens), expected, rtol=1e-5)


def test_what_does_not_fit():
    assert music.Motifs(QUARTERS).steps == 4
    with pytest.raises(ValueError, match="`min_notes` to be an integer >= 2"):
        music.Motifs(QUARTERS, min_notes=1)
    with pytest.raises(ValueError, match="at least 4 steps, the length of a motif"):
        music.Motifs(QUARTERS)(np.zeros((1, 3), int))
