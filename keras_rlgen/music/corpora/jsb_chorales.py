"""The chorales of Boulanger-Lewandowski et al., from a local JSON file."""

import json
import math
import numbers

from keras_rlgen.music.corpora.passages import passages
from keras_rlgen.music.note import Note
from keras_rlgen.music.piece import with_estimated_key
from keras_rlgen.whole_files import existing_file

SPLITS = ("train", "valid", "test")
MAX_VOICES = 4


def jsb_chorales(
    path, encoding, length, hop=None, transpose=0, common_key=False, step=None
):
    """Loads the JSB chorales as tokens, with their published split.

    Args:
        path: JSON file: `train`, `valid` and `test`, each a list of pieces, each a list
            of steps, each a list of at most four MIDI pitches; -1 is a rest. The
            chorales are distributed so, in steps of a quarter and of a sixteenth note.
        encoding: `PianoRollEncoding`, `ChoraleEncoding` or `MelodyEncoding`. Without
            holds (`hold=False`): the file does not say where a pitch is struck again.
        length: As in `bach_chorales`.
        hop: As in `bach_chorales`.
        transpose: As in `bach_chorales`.
        common_key: As in `bach_chorales`. Keys are estimated.
        step: Float, the quarter notes of a step of the file, 1 or 0.25. By default that
            of the encoding.

    Returns:
        `(train, valid, test)`, each `Passages`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not what it is said to be, or an argument does not
            fit.

    Example:

    ```python
    train, valid, test = music.jsb_chorales(
        "jsb_chorales_quarter.json", music.PianoRollEncoding(), length=64
    )
    ```

    Reference:
        [Boulanger-Lewandowski et al., 2012](https://arxiv.org/abs/1206.6392); the split
        of Allan and Williams, 2005.
    """
    step = 1.0 / encoding.steps_per_quarter if step is None else step
    parts = jsb_pieces(path, step)
    shifts = range(-transpose, transpose + 1)
    train, *held_out = (parts[name] for name in SPLITS)
    return (
        passages(train, encoding, length, hop, shifts, common_key),
        *(passages(p, encoding, length, hop, (0,), common_key) for p in held_out),
    )


def jsb_pieces(path, step):
    """Reads the JSB chorales as pieces.

    Args:
        path: As in `jsb_chorales`.
        step: Float, the quarter notes of a step of the file.

    Returns:
        Dict from `"train"`, `"valid"` and `"test"` to lists of `Piece` of four voices.
        The pitches of a step go to the voices from the highest to the lowest; where
        there are fewer, the low voices are silent.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not what it is said to be.
    """
    path = existing_file(path)
    text = path.read_bytes()
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"Expected a JSON file of chorales. Received: {path}, which cannot be "
            f"read: {error}"
        ) from error
    if not isinstance(content, dict) or not set(SPLITS) <= set(content):
        found = sorted(content) if isinstance(content, dict) else type(content).__name__
        raise ValueError(
            f"Expected the parts train, valid and test. Received: {found} in {path}"
        )
    return {
        part: [
            _piece(f"{part} {index}", steps, step, path)
            for index, steps in enumerate(_checked_list(content[part], part, path))
        ]
        for part in SPLITS
    }


def _checked_list(value, what, path):
    if not isinstance(value, list) or not value:
        raise ValueError(
            f"Expected a list, not empty, as {what}. Received: {value!r:.60} in {path}"
        )
    return value


def _piece(name, steps, step, path):
    voices = [[] for _ in range(MAX_VOICES)]
    for index, pitches in enumerate(_checked_list(steps, name, path)):
        for voice, pitch in zip(voices, _sorted(pitches, name, path), strict=False):
            start = index * step
            if voice and voice[-1].pitch == pitch and _end(voice[-1]) == start:
                voice[-1] = voice[-1]._replace(duration=voice[-1].duration + step)
            else:
                voice.append(Note(pitch, start, step))
    return with_estimated_key(name, voices)


def _end(note):
    return note.start + note.duration


def _sorted(pitches, name, path):
    """Returns the pitches of a step from the highest to the lowest, without rests."""
    numbers_only = isinstance(pitches, list) and all(
        isinstance(p, numbers.Real) and math.isfinite(p) for p in pitches
    )
    if not numbers_only or not all(-1 <= p <= 127 and p == int(p) for p in pitches):
        raise ValueError(
            "Expected each step to be a list of MIDI pitches from 0 to 127, and -1 for "
            f"a rest. Received: {pitches!r:.60} in {name} of {path}"
        )
    sounding = sorted((int(p) for p in pitches if p >= 0), reverse=True)
    if len(sounding) > MAX_VOICES:
        raise ValueError(
            f"Expected at most {MAX_VOICES} pitches in a step. Received: "
            f"{len(sounding)} in {name} of {path}"
        )
    return sounding
