import numpy as np

from keras_rlgen.arguments import check_integer
from keras_rlgen.music.files.pretty_midi_of import file_paths, pretty_midi_of

PEAK = 0.8 * 32_767


def write_wav(path, tokens, encoding, tempo=100.0, sample_rate=22_050):
    """Writes tokens as WAV files, of sine waves.

    Args:
        path: A file that ends in `.wav`, for the tokens of one piece; or a folder, for
            a batch: `piece_000.wav`, `piece_001.wav`, ... Folders are created if
            missing.
        tokens: Int array, of one piece or a batch of them.
        encoding: The `Encoding` of the tokens.
        tempo: Float > 0, quarter notes a minute.
        sample_rate: Integer, samples a second.

    Returns:
        List of the paths of the files: 16-bit, mono, each with the same peak, and with
        a second of silence at the end. A piece without notes is silent.

    Raises:
        ImportError: If pretty_midi is not installed.
        ValueError: If tokens are of another encoding or number of axes, or `tempo` is
            not positive.

    Example:

    ```python
    music.write_wav("song.wav", tokens[0], encoding, tempo=120)
    ```
    """
    from scipy.io import wavfile

    paths, batch = file_paths(path, tokens, encoding, ".wav")
    for file, piece in zip(paths, batch, strict=True):
        wavfile.write(file, sample_rate, audio(piece, encoding, tempo, sample_rate))
    return paths


def audio(tokens, encoding, tempo=100.0, sample_rate=22_050):
    """Returns one piece as sound, int16 `(samples,)`. See `write_wav`.

    Args:
        tokens: Int array, the tokens of one piece.
        encoding: The `Encoding` of the tokens.
        tempo: Float > 0, quarter notes a minute.
        sample_rate: Integer, samples a second.
    """
    check_integer("sample_rate", sample_rate)
    song = pretty_midi_of(tokens, encoding, tempo)
    if not any(instrument.notes for instrument in song.instruments):
        return np.zeros(sample_rate, np.int16)
    waves = song.synthesize(fs=sample_rate)
    return (PEAK * waves / max(np.abs(waves).max(), 1e-9)).astype(np.int16)
