import numpy as np
import pytest

from keras_rlgen import music
from keras_rlgen.music.corpora.passages import shift_to_common_key
from tests.music.pieces import QUARTERS, notes, scale_piece

CHORALE = music.ChoraleEncoding(steps_per_quarter=1)


def test_windows_and_transpositions():
    pieces = [scale_piece("a", 8), scale_piece("b", 5, root=62)]
    found = music.passages(pieces, QUARTERS, 4, hop=2, transpositions=(0, 1))
    assert found.tokens.shape == (8, 4) and found.tokens.dtype == np.int32
    assert found.names == ("a", "b") and found.pieces.tolist() == [0] * 6 + [1] * 2
    assert found.keys.tolist() == [0, 1] * 3 + [2, 3]
    np.testing.assert_array_equal(found.tokens[1], found.tokens[0] + 1)
    assert len(found[:3]) == 3 and found[[6]].keys.tolist() == [2]


def test_what_leaves_the_range_is_left_out():
    narrow = music.MelodyEncoding(low=60, high=72, steps_per_quarter=1)
    found = music.passages([scale_piece()], narrow, 8, transpositions=(-1, 0, 1))
    assert found.keys.tolist() == [0]


def test_a_common_key():
    assert [shift_to_common_key(key) for key in (0, 1, 6, 7, 21, 12)] == [
        *(0, -1, -6, 5, 0, -3)
    ]
    found = music.passages([scale_piece(root=62)], QUARTERS, 8, common_key=True)
    assert found.keys.tolist() == [0]
    np.testing.assert_array_equal(
        found.tokens, music.passages([scale_piece()], QUARTERS, 8).tokens
    )


def test_ends_are_padded_and_held_notes_begin_again():
    encoding = music.MelodyEncoding(low=48, end=True, steps_per_quarter=1)
    piece = music.Piece("long", [notes(60, duration=3.0)], key=0)
    hold, end = encoding.hold_token, encoding.end_token
    found = music.passages([piece], encoding, 2)
    assert found.tokens.tolist() == [[12, hold], [12, end]]


def test_other_encodings():
    piece = scale_piece(length=4)
    assert music.passages([piece], CHORALE, 4).tokens.shape == (1, 4, 4)
    chord = music.Piece("chord", [[music.Note(p, 0.0, 1.0) for p in (60, 64)]], key=0)
    roll = music.passages([chord], music.PianoRollEncoding(), 1).tokens
    assert roll.sum() == 2


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="at most 8 steps. Lower `length`"):
        music.passages([scale_piece()], QUARTERS, 9)
    with pytest.raises(ValueError, match="`hop` to be a positive integer"):
        music.passages([scale_piece()], QUARTERS, 4, hop=0)
    with pytest.raises(ValueError, match="at least 4 voices. Received: solo, of 1"):
        music.passages([music.Piece("solo", [notes(60)], 0)], CHORALE, 1)
