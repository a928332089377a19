import numpy as np
import pytest

from keras_rlgen import music


def test_keys_pressed_together():
    encoding = music.PianoRollEncoding()
    pitches = np.array([[60, 64, 64, -1], [60, 21, 108, -1]])
    roll = encoding.tokens_of_steps(pitches, np.zeros((2, 4), bool))
    assert [np.flatnonzero(step).tolist() for step in roll] == [[39, 43], [0, 39, 87]]
    grid = encoding.grid(roll[None])
    assert grid.onsets.numpy()[0].sum(axis=1).tolist() == [2, 2]
    assert grid.pitches.numpy().max() == 108


def test_no_such_key():
    encoding = music.PianoRollEncoding()
    with pytest.raises(ValueError, match=r"21 to 108.*Received: \[20\]"):
        encoding.encode_notes([music.Note(20, 0.0, 1.0)])
    with pytest.raises(ValueError, match="has no end token"):
        encoding.encode_notes([music.Note(30, 0.0, 1.0)], num_steps=4)
    assert not encoding.has_pitches([109])
