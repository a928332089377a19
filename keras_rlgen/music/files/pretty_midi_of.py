import numpy as np

from keras_rlgen.arguments import is_number
from keras_rlgen.music.import_library import import_library
from keras_rlgen.whole_files import checked_path

PROGRAMS = {1: 0, 4: 52}  # A piano; a choir.


def pretty_midi_of(tokens, encoding, tempo=100.0):
    """Returns one piece as a `pretty_midi.PrettyMIDI`.

    Args:
        tokens: Int array, the tokens of one piece.
        encoding: The `Encoding` of the tokens.
        tempo: Float > 0, quarter notes a minute.

    Returns:
        `PrettyMIDI` with an instrument for each voice; one for a piano roll.

    Raises:
        ImportError: If pretty_midi is not installed.
        ValueError: If `tempo` is not positive and finite, or tokens are of another
            encoding.

    Example:

    ```python
    audio = music.pretty_midi_of(tokens[0], encoding).synthesize(fs=22_050)
    ```
    """
    if not (is_number(tempo) and 0.0 < tempo < np.inf):
        raise ValueError(
            f"Expected a positive `tempo`, quarter notes a minute. Received: {tempo!r}"
        )
    pretty_midi = import_library("pretty_midi")
    voices = encoding.decode(tokens)
    names = [f"voice {index + 1}" for index in range(len(voices))]
    if not encoding.has_voices:
        voices, names = [[note for voice in voices for note in voice]], ["piano"]
    song = pretty_midi.PrettyMIDI(initial_tempo=tempo)
    seconds = 60.0 / tempo
    for notes, name in zip(voices, names, strict=True):
        program = PROGRAMS.get(len(voices), 0)
        instrument = pretty_midi.Instrument(program=program, name=name)
        for pitch, start, duration in notes:
            begin, end = start * seconds, (start + duration) * seconds
            instrument.notes.append(pretty_midi.Note(90, pitch, begin, end))
        song.instruments.append(instrument)
    return song


def file_paths(path, tokens, encoding, suffix):
    """Returns the paths to which tokens are written, one for each piece.

    Args:
        path: A file that ends in the suffix, for the tokens of one piece; or a folder,
            for a batch. Folders are created if missing.
        tokens: Int array, of one piece or of a batch.
        encoding: The `Encoding` of the tokens.
        suffix: String, such as `".mid"`.

    Returns:
        A pair: list of paths, `piece_000.mid` and so on in a folder; and the batch.

    Raises:
        ValueError: If `tokens` are not what the path stands for.
    """
    path, tokens = checked_path(path), np.asarray(tokens)
    axes = len(encoding.sample_shape(1))
    is_file = path.suffix.lower() == suffix
    if tokens.ndim != axes + (not is_file):
        expected = "tokens of one piece" if is_file else "a batch of tokens"
        raise ValueError(
            f"Expected {expected} for {path}: {axes + (not is_file)} axes. Received: "
            f"shape {tokens.shape}. A path that ends in {suffix} is one piece's file, "
            "any other a folder for a batch."
        )
    if is_file:
        path.parent.mkdir(parents=True, exist_ok=True)
        return [path], tokens[np.newaxis]
    path.mkdir(parents=True, exist_ok=True)
    return [path / f"piece_{i:03d}{suffix}" for i in range(len(tokens))], tokens
