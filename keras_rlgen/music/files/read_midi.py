import numpy as np

from keras_rlgen.music.import_library import import_library
from keras_rlgen.music.note import Note
from keras_rlgen.music.piece import with_estimated_key
from keras_rlgen.whole_files import existing_file

MAX_BYTES = 4_000_000
MAX_QUARTERS = 25_000  # Over three hours at 120 quarter notes a minute.
DRUMS = 9


def read_midi(path):
    """Reads a MIDI file as a piece.

    Args:
        path: Path of a Standard MIDI File of type 0 or 1, of at most 4 MB.

    Returns:
        `Piece`, with a voice for each channel of each track that has notes, without
        drums, from the highest mean pitch to the lowest. Starts are counted in quarter
        notes, so tempos do not matter. The key is estimated; the metre is that of the
        first time signature, or 4/4.

    Raises:
        ImportError: If mido is not installed.
        OSError: If the file cannot be opened.
        ValueError: If it is not a MIDI file, is truncated or damaged, has no notes,
            counts frames of film instead of quarter notes, or is longer than 25,000
            quarter notes.

    Example:

    ```python
    piece = music.read_midi("song.mid")
    melody = music.MelodyEncoding().encode(piece.voices[:1])
    ```
    """
    path = existing_file(path)
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(
            f"Expected a MIDI file of at most {MAX_BYTES:,} bytes. Received: {path}, "
            f"of {size:,} bytes"
        )
    mido = import_library("mido")
    try:
        file = mido.MidiFile(path, clip=True)
        kind, ticks = file.type, file.ticks_per_beat
    except PermissionError:
        raise
    except Exception as error:  # Damage can show in any way.
        raise ValueError(
            f"Expected a MIDI file. Received: {path}, of {size} bytes, which is "
            f"truncated, damaged or no MIDI file: {type(error).__name__} {error}"
        ) from error
    if kind == 2 or ticks <= 0:
        raise ValueError(
            "Expected a MIDI file of type 0 or 1, in ticks of a quarter note. "
            f"Received: {path}, of type {kind}, with {ticks} ticks. Convert it."
        )
    voices, quarters_per_bar = {}, None
    for index, track in enumerate(file.tracks):
        quarters_per_bar = quarters_per_bar or _first_bar(track)
        for channel, notes in _notes_by_channel(track, ticks, path).items():
            voices[index, channel] = notes
    if not voices:
        raise ValueError(
            f"Expected a MIDI file with notes. Received: {path}, which has none "
            "besides drums"
        )
    ordered = sorted(
        voices.values(), key=lambda notes: -np.mean([note.pitch for note in notes])
    )
    return with_estimated_key(path.stem, ordered, quarters_per_bar or 4.0)


def _first_bar(track):
    """Returns the quarter notes of a bar by a track's first time signature."""
    for message in track:
        if message.type == "time_signature":
            return 4.0 * message.numerator / message.denominator
    return None


def _notes_by_channel(track, ticks_per_quarter, path):
    """Returns a dict from channels to their notes, without drums."""
    now, pressed, notes = 0, {}, {}

    def release(channel, pitch):
        start = pressed.pop((channel, pitch), None)
        if start is not None and now > start:
            duration = (now - start) / ticks_per_quarter
            note = Note(pitch, start / ticks_per_quarter, duration)
            notes.setdefault(channel, []).append(note)

    for message in track:
        now += message.time
        if now > MAX_QUARTERS * ticks_per_quarter:
            raise ValueError(
                f"Expected a MIDI file of at most {MAX_QUARTERS} quarter notes. "
                f"Received: {path}, with a message after "
                f"{now // ticks_per_quarter:,}. It may be damaged."
            )
        if message.type in ("note_on", "note_off") and message.channel != DRUMS:
            release(message.channel, message.note)
            if message.type == "note_on" and message.velocity > 0:
                pressed[message.channel, message.note] = now
    for channel, pitch in list(pressed):
        release(channel, pitch)
    return {channel: sorted(n, key=lambda x: x.start) for channel, n in notes.items()}
