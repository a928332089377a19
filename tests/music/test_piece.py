from keras_rlgen.music import Note
from keras_rlgen.music.piece import with_estimated_key


def test_the_key_is_that_of_the_notes():
    line = [Note(p, float(i), 1.0) for i, p in enumerate((67, 69, 71, 72, 74, 71, 67))]
    piece = with_estimated_key("song", [line], quarters_per_bar=3.0)
    assert (piece.name, piece.key, piece.quarters_per_bar) == ("song", 7, 3.0)
