import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import notes


def test_interleaved_tokens_are_those_of_the_voices_in_turn():
    apart = music.ChoraleEncoding(steps_per_quarter=1)
    interleaved = music.ChoraleEncoding(steps_per_quarter=1, interleaved=True)
    voices = [notes(72, 71), notes(67, 67), notes(64, 62), notes(48, 55)]
    tokens = apart.encode(voices)
    assert (apart.voices, apart.period) == (4, None)
    assert (interleaved.voices, interleaved.period) == (None, 4)
    np.testing.assert_array_equal(interleaved.encode(voices), tokens.reshape(-1))
    for first, second in zip(
        apart.grid(tokens[None]), interleaved.grid(tokens.reshape(1, -1)), strict=True
    ):
        np.testing.assert_array_equal(first, second)


def test_a_piece_ends_with_its_first_end_token():
    encoding = music.ChoraleEncoding(steps_per_quarter=1, end=True, interleaved=True)
    chord = [notes(p) for p in (72, 67, 64, 48)]
    tokens = encoding.encode(chord, num_steps=3)
    tokens[8:] = 0
    assert encoding.decode(tokens) == chord
    tokens[5:] = 0
    tokens[4] = 7
    tokens[6] = encoding.end_token  # In the middle of the second chord.
    assert encoding.decode(tokens) == chord


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="needs `interleaved=True`"):
        music.ChoraleEncoding(end=True)
    with pytest.raises(ValueError, match="a multiple of 4. Received: 6"):
        music.ChoraleEncoding(interleaved=True).grid(np.zeros((1, 6), int))
