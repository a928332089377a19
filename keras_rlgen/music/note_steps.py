"""Notes to steps of equal length, and back."""

import numpy as np

from keras_rlgen.arguments import is_number
from keras_rlgen.music.note import Note

MAX_STEPS = 100_000  # Over an hour of sixteenth notes.


def steps_of_notes(voices, steps_per_quarter, num_steps=None):
    """Returns what sounds at each step of a piece.

    Starts and ends are rounded to the nearest step, and a note lasts at least one. A
    voice has one note at a time: where notes overlap, the later one cuts the earlier;
    of those that begin together, the highest stays.

    Args:
        voices: List of lists of `Note`.
        steps_per_quarter: Integer >= 1.
        num_steps: Integer, the number of steps; what sounds later is left out. Defaults
            to the end of the last note.

    Returns:
        A pair: pitches, int32 `(steps, voices)`, -1 where a voice is silent; and
        onsets, bool `(steps, voices)`.

    Raises:
        ValueError: If a pitch is not in [0, 127], a start or duration is negative or
            not finite, or there are more than 100,000 steps.

    Example:

    >>> pitches, onsets = steps_of_notes([[Note(60, 0.0, 1.0)]], steps_per_quarter=2)
    >>> pitches[:, 0].tolist(), onsets[:, 0].tolist()
    ([60, 60], [True, False])
    """
    spans = [_spans(notes, steps_per_quarter) for notes in voices]
    last = max((end for voice in spans for _, _, end in voice), default=0)
    num_steps = last if num_steps is None else num_steps
    if num_steps > MAX_STEPS:
        raise ValueError(
            f"Expected at most {MAX_STEPS} steps. Received: {num_steps}, of "
            f"{num_steps / steps_per_quarter:.0f} quarter notes. Lower "
            "`steps_per_quarter`, or leave out notes that are far from the others."
        )
    pitches = np.full((num_steps, len(voices)), -1, np.int32)
    onsets = np.zeros((num_steps, len(voices)), bool)
    for voice, notes in enumerate(spans):
        following = num_steps
        for pitch, start, end in reversed(notes):
            pitches[start : min(end, following), voice] = pitch
            onsets[start : start + 1, voice] = True
            following = min(start, following)
    return pitches, onsets


def _spans(notes, steps_per_quarter):
    """Returns pitches, first steps and ends, the highest of a chord last."""
    spans = []
    for note in notes:
        pitch, start, duration = note
        if not all(map(is_number, note)):
            raise TypeError(
                "Expected notes of numbers: a MIDI pitch, a start and a duration. "
                f"Received: {note}"
            )
        fits = 0 <= pitch <= 127 and start >= 0.0 and duration >= 0.0
        if not fits or not np.isfinite(start + duration):
            raise ValueError(
                "Expected notes of a MIDI pitch in [0, 127], and of a start and a "
                f"duration of zero or more quarter notes. Received: {note}"
            )
        first = round(start * steps_per_quarter)
        end = max(round((start + duration) * steps_per_quarter), first + 1)
        spans.append((int(pitch), first, end))
    return sorted(spans, key=lambda span: (span[1], span[0]))


def notes_of_steps(pitches, onsets, steps_per_quarter):
    """Returns the notes of what sounds at each step; the inverse of `steps_of_notes`.

    A note begins at an onset, and where the pitch changes; it lasts until the next note
    or rest.

    Args:
        pitches: Int array `(steps, voices)`, -1 where a voice is silent.
        onsets: Bool array `(steps, voices)`.
        steps_per_quarter: Integer >= 1.

    Returns:
        List of lists of `Note`, one for each voice.

    Example:

    >>> pitches = np.array([[60], [60], [-1], [62]])
    >>> notes_of_steps(pitches, np.zeros((4, 1), bool), 1)[0][1]
    Note(pitch=62, start=3.0, duration=1.0)
    """
    voices = []
    for pitch, onset in zip(np.transpose(pitches), np.transpose(onsets), strict=True):
        changes = np.flatnonzero(onset[1:] | (pitch[1:] != pitch[:-1])) + 1
        bounds = [0, *changes.tolist(), len(pitch)] if len(pitch) else [0]
        voices.append(
            [
                Note(
                    int(pitch[start]),
                    start / steps_per_quarter,
                    (end - start) / steps_per_quarter,
                )
                for start, end in zip(bounds[:-1], bounds[1:], strict=True)
                if pitch[start] >= 0
            ]
        )
    return voices
