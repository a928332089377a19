from keras_rlgen.music.files.pretty_midi_of import file_paths, pretty_midi_of


def write_midi(path, tokens, encoding, tempo=100.0):
    """Writes tokens as MIDI files.

    Args:
        path: A file that ends in `.mid`, for the tokens of one piece; or a folder, for
            a batch: `piece_000.mid`, `piece_001.mid`, ... Folders are created if
            missing.
        tokens: Int array, of one piece or a batch of them.
        encoding: The `Encoding` of the tokens.
        tempo: Float > 0, quarter notes a minute.

    Returns:
        List of the paths of the files.

    Raises:
        ImportError: If pretty_midi is not installed.
        ValueError: If tokens are of another encoding or number of axes, or `tempo` is
            not positive.

    Example:

    ```python
    music.write_midi("songs", model.generate(10, seed=0), train.encoding)
    ```
    """
    paths, batch = file_paths(path, tokens, encoding, ".mid")
    for file, piece in zip(paths, batch, strict=True):
        pretty_midi_of(piece, encoding, tempo).write(str(file))
    return paths
