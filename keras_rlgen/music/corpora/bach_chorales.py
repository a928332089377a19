"""Bach's chorales, from the corpus that music21 ships."""

import os
import pathlib

import keras

from keras_rlgen.arguments import is_integer
from keras_rlgen.music.corpora.passages import passages
from keras_rlgen.music.corpora.piece_file import read_pieces, write_pieces
from keras_rlgen.music.corpora.split import split_pieces
from keras_rlgen.music.encodings.chorale_encoding import ChoraleEncoding
from keras_rlgen.music.encodings.melody_encoding import MelodyEncoding
from keras_rlgen.music.import_library import import_library
from keras_rlgen.music.note import Note
from keras_rlgen.music.piece import with_estimated_key

VOICES = ("soprano", "alto", "tenor", "bass")


def bach_chorales(
    voices=4,
    length=64,
    encoding=None,
    hop=None,
    transpose=0,
    common_key=False,
    quarters_per_bar=4.0,
    fractions=(0.1, 0.1),
    seed=0,
    cache_folder=None,
):
    """Loads Bach's four-voice chorales as tokens, from music21's corpus.

    They come with the package `music21` (extra `music`): nothing is downloaded. The
    first call reads over 300 scores, which takes half a minute, and keeps them in a
    file.

    Args:
        voices: 1 for the soprano, or 4.
        length: Integer >= 1, the steps of a passage.
        encoding: The `Encoding` of the tokens. Defaults to `MelodyEncoding()` or
            `ChoraleEncoding()`, in steps of an eighth note.
        hop: Integer >= 1, steps between the beginnings of passages. Defaults to
            `length`.
        transpose: Integer in [0, 6]: training passages are there in each transposition
            from `-transpose` to `transpose` semitones that the encoding's range has.
            Validation and test passages are never transposed.
        common_key: Whether all pieces are transposed to C major or A minor. Then a
            reward with a fixed key fits all.
        quarters_per_bar: Float, the metre: only pieces with bars of so many quarter
            notes, so that beats are at the same steps in all; `None` for all.
        fractions: Pair of floats, the fractions of the pieces in validation and test.
        seed: Integer >= 0, chooses the split.
        cache_folder: Folder of the file. Defaults to `keras_rlgen/music` in Keras' own
            folder (`~/.keras`, or the environment variable `KERAS_HOME`).

    Returns:
        `(train, valid, test)`, each `Passages`. No piece is in two of them.

    Raises:
        ImportError: If music21 is not installed.
        ValueError: If `voices` is neither 1 nor 4, or another argument does not fit.

    Example:

    ```python
    train, valid, test = music.bach_chorales(voices=1, length=64, transpose=5)
    train.tokens.shape, train.encoding.vocabulary_size
    ```
    """
    if voices not in (1, 4):
        raise ValueError(
            f"Expected `voices` of 1, the soprano, or 4. Received: {voices!r}"
        )
    if not is_integer(transpose) or not 0 <= transpose <= 6:
        raise ValueError(
            "Expected `transpose` to be an integer from 0 to 6 semitones. "
            f"Received: {transpose!r}"
        )
    if encoding is None:
        encoding = MelodyEncoding() if voices == 1 else ChoraleEncoding()
    if encoding.has_voices and encoding.num_voices != voices:
        raise ValueError(
            f"Expected an encoding of {voices} voices. Received: {encoding}"
        )
    pieces = chorale_pieces(cache_folder)
    if quarters_per_bar is not None:
        pieces = [p for p in pieces if p.quarters_per_bar == quarters_per_bar]
    pieces = [piece._replace(voices=piece.voices[:voices]) for piece in pieces]
    train, *held_out = split_pieces(pieces, fractions, seed)
    shifts = range(-transpose, transpose + 1)
    return (
        passages(train, encoding, length, hop, shifts, common_key),
        *(passages(p, encoding, length, hop, (0,), common_key) for p in held_out),
    )


def chorale_pieces(cache_folder=None):
    """Returns the chorales as pieces of four voices.

    Args:
        cache_folder: As in `bach_chorales`.

    Returns:
        List of `Piece`. The first bar line is at the start 0, or an upbeat's rest
        before it fills the bar. Ties are joined, grace notes left out, and of several
        notes of a voice at once there is the highest (in the bass, the lowest).

    Raises:
        ImportError: If music21 is not installed.
    """
    music21 = import_library("music21")
    if cache_folder is None:
        home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
        cache_folder = pathlib.Path(home, "keras_rlgen", "music")
    path = pathlib.Path(cache_folder) / f"bach_music21_{music21.__version__}.npz"
    if path.exists():
        return read_pieces(path)
    scores = chorale_paths(music21)
    print("Reading Bach's chorales; the next time they are read from a file.")
    progress = keras.utils.Progbar(len(scores), unit_name="score")
    pieces = []
    for index, score in enumerate(scores):
        piece = read_score(music21, score)
        if piece is not None:
            pieces.append(piece)
        progress.update(index + 1)
    write_pieces(path, pieces)
    return pieces


def chorale_paths(music21):
    """Returns the paths of Bach's scores in music21's corpus."""
    paths = map(pathlib.Path, music21.corpus.getComposer("bach"))
    return sorted(p for p in paths if p.suffix == ".mxl" and p.name.startswith("bwv"))


def read_score(music21, path):
    """Returns the chorale in a score.

    Args:
        music21: The module.
        path: Path of a MusicXML file.

    Returns:
        `Piece`; or `None`, if there are not just one soprano, alto, tenor and bass.
    """
    converter = music21.converter.Converter()
    converter.parseFileNoPickle(path)
    score = converter.stream
    parts = [
        [part for part in score.parts if str(part.id).lower().startswith(voice)]
        for voice in VOICES
    ]
    if not all(len(found) == 1 for found in parts):
        return None
    parts = [found[0] for found in parts]
    signatures = parts[0].recurse().getElementsByClass("TimeSignature")
    bars = {float(s.barDuration.quarterLength) for s in signatures}
    # Where the metre changes, bars are of no one length.
    quarters_per_bar = bars.pop() if len(bars) == 1 else 0.0
    measures = list(parts[0].getElementsByClass("Measure"))
    upbeat = float(measures[0].paddingLeft) if measures else 0.0
    voices = [
        _notes(part, upbeat, lowest=voice == "bass")
        for part, voice in zip(parts, VOICES, strict=True)
    ]
    if not all(voices):
        return None
    piece = with_estimated_key(pathlib.Path(path).stem, voices, quarters_per_bar)
    signature = parts[0].recurse().getElementsByClass("KeySignature").first()
    if signature is not None:
        last_bass = voices[-1][-1].pitch
        piece = piece._replace(key=chorale_key(signature.sharps, last_bass, piece.key))
    return piece


def chorale_key(sharps, last_bass, estimate):
    """Returns the key of a chorale.

    It is the one of the two keys of the signature on whose tonic the bass ends. If
    there is none, as in old modes and where a chorale ends on the dominant, it is the
    estimate.

    Args:
        sharps: Integer, the sharps of the key signature, negative for flats.
        last_bass: Integer, the MIDI pitch of the last note of the bass.
        estimate: Integer, the key that is estimated from the notes.

    Returns:
        Integer, as in `key_index`.

    Example:

    >>> KEY_NAMES[chorale_key(sharps=0, last_bass=45, estimate=0)]
    'A minor'
    """
    major = 7 * sharps % 12
    keys = {major: major, (major + 9) % 12: (major + 9) % 12 + 12}
    return keys.get(last_bass % 12, estimate)


def _notes(part, upbeat, lowest):
    """Returns the notes of a part, tied ones joined."""
    notes = []
    for element in part.flatten().notes:
        duration = float(element.duration.quarterLength)
        pitches = [int(pitch.midi) for pitch in element.pitches]
        if duration <= 0.0 or not pitches:
            continue
        pitch = min(pitches) if lowest else max(pitches)
        start = float(element.offset) + upbeat
        tied = element.tie is not None and element.tie.type in ("stop", "continue")
        if tied and notes and notes[-1].pitch == pitch:
            notes[-1] = notes[-1]._replace(duration=notes[-1].duration + duration)
        else:
            notes.append(Note(pitch, start, duration))
    return notes
