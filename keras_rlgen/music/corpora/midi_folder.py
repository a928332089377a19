import pathlib

from keras_rlgen.music.corpora.passages import passages
from keras_rlgen.music.corpora.split import split_pieces
from keras_rlgen.music.files.read_midi import read_midi

SUFFIXES = (".mid", ".midi")


def midi_folder(
    path,
    encoding,
    length=64,
    hop=None,
    transpose=0,
    common_key=False,
    fractions=(0.1, 0.1),
    seed=0,
):
    """Loads a folder of MIDI files as tokens.

    Args:
        path: Folder; files that end in `.mid` or `.midi` are read, also in folders
            within it.
        encoding: `MelodyEncoding`, for the highest voice of each file;
            `ChoraleEncoding`, for the four highest; or `PianoRollEncoding`, for all.
            See `read_midi` for voices.
        length: As in `bach_chorales`.
        hop: As in `bach_chorales`.
        transpose: As in `bach_chorales`.
        common_key: As in `bach_chorales`. Keys are estimated.
        fractions: As in `bach_chorales`.
        seed: As in `bach_chorales`.

    Returns:
        `(train, valid, test)`, each `Passages`. No file is in two of them.

    Raises:
        ImportError: If mido is not installed.
        ValueError: If there are too few files, a file is damaged, or has too few voices
            for the encoding; the error names the file.

    Example:

    ```python
    encoding = music.MelodyEncoding(low=48, high=96, steps_per_quarter=4)
    train, valid, test = music.midi_folder("my_songs", encoding, length=128)
    ```
    """
    folder = pathlib.Path(path)
    files = sorted(f for f in folder.rglob("*") if f.suffix.lower() in SUFFIXES)
    if len(files) < 3:
        raise ValueError(
            "Expected a folder of three or more files that end in .mid or .midi. "
            f"Received: {folder}, with {len(files)}"
        )
    pieces = [read_midi(file) for file in files]
    pieces = [
        piece._replace(name=str(file.relative_to(folder)))
        for piece, file in zip(pieces, files, strict=True)
    ]
    train, *held_out = split_pieces(pieces, fractions, seed)
    shifts = range(-transpose, transpose + 1)
    return (
        passages(train, encoding, length, hop, shifts, common_key),
        *(passages(p, encoding, length, hop, (0,), common_key) for p in held_out),
    )
