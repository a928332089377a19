"""Pieces as npz files: arrays alone, no pickle."""

import numpy as np

from keras_rlgen.music.note import Note
from keras_rlgen.music.piece import Piece
from keras_rlgen.whole_files import replacing

COLUMNS = ("pitch", "start", "duration", "voice", "piece")
OF_PIECES = ("name", "key", "quarters_per_bar", "num_voices")


def write_pieces(path, pieces):
    """Writes pieces to a file; whoever reads it meanwhile sees the old one, or none.

    Args:
        path: Path of the file. Its folder is created if missing.
        pieces: List of `Piece`.
    """
    rows = [
        (*note, voice, index)
        for index, piece in enumerate(pieces)
        for voice, notes in enumerate(piece.voices)
        for note in notes
    ]
    arrays = dict(zip(COLUMNS, np.asarray(rows, np.float64).T, strict=True))
    arrays["name"] = np.asarray([piece.name for piece in pieces], np.str_)
    arrays["key"] = np.asarray([piece.key for piece in pieces], np.int64)
    arrays["quarters_per_bar"] = np.asarray([p.quarters_per_bar for p in pieces])
    arrays["num_voices"] = np.asarray([len(piece.voices) for piece in pieces])
    with replacing(path) as beside, open(beside, "wb") as file:
        np.savez_compressed(file, **arrays)


def read_pieces(path):
    """Returns the pieces that `write_pieces` wrote.

    Raises:
        ValueError: If the file is damaged or of another kind.
        OSError: If there is no such file, or if it may not be read.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in (*COLUMNS, *OF_PIECES)}
        return _pieces(arrays)
    except OSError:
        raise
    except Exception as error:  # Damage can show in any way.
        raise ValueError(
            f"Expected {path} to hold pieces of music, written by keras_rlgen. It "
            f"cannot be read, and may be damaged: {error!r}. Delete it."
        ) from error


def _pieces(arrays):
    of_pieces = zip(*(arrays[name].tolist() for name in OF_PIECES), strict=True)
    pieces = [
        Piece(name, [[] for _ in range(count)], key, quarters)
        for name, key, quarters, count in of_pieces
    ]
    for pitch, start, duration, voice, piece in zip(
        *(arrays[name].tolist() for name in COLUMNS), strict=True
    ):
        pieces[int(piece)].voices[int(voice)].append(Note(int(pitch), start, duration))
    return pieces
