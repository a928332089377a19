import numpy as np
import pytest

from keras_rlgen import music
from keras_rlgen.music.corpora.piece_file import read_pieces, write_pieces
from tests.music.pieces import scale_piece


def test_pieces_come_back(tmp_path):
    pieces = [
        scale_piece("a"),
        music.Piece("b", [[], [music.Note(60, 0.5, 1 / 3)]], 21, 3.0),
    ]
    path = tmp_path / "folder" / "pieces.npz"
    write_pieces(path, pieces)
    assert read_pieces(path) == pieces
    assert [file.name for file in path.parent.iterdir()] == ["pieces.npz"]


def test_other_files(tmp_path):
    path = tmp_path / "pieces.npz"
    with pytest.raises(FileNotFoundError):
        read_pieces(path)
    path.write_bytes(b"PK\x03\x04 not a zip file")
    with pytest.raises(ValueError, match="may be damaged.*Delete it"):
        read_pieces(path)
    np.savez(path, pitch=np.array([None, {}], object))
    with pytest.raises(ValueError, match="written by keras_rlgen"):
        read_pieces(path)
