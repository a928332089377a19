import pytest

from keras_rlgen import music


def test_each_piece_is_in_one_part():
    pieces = list(range(23))
    parts = music.split_pieces(pieces, (0.1, 0.2), seed=3)
    assert [len(part) for part in parts] == [15, 3, 5]
    assert sorted(sum(parts, [])) == pieces
    assert parts == music.split_pieces(pieces, (0.1, 0.2), seed=3)
    assert parts != music.split_pieces(pieces, (0.1, 0.2), seed=4)


def test_too_few():
    for count, fractions in ((2, (0.1, 0.1)), (9, (0.5, 0.5)), (9, (0.0, 0.5))):
        with pytest.raises(ValueError, match="one piece or more in training"):
            music.split_pieces(list(range(count)), fractions)
