import json

import numpy as np
import pytest

from keras_rlgen import music

STEPS = [[60, 64, 67, 72], [60, 64, 67.0, 72], [], [62, 65, 74, -1]]


def write(path, steps=STEPS, **parts):
    path.write_text(
        json.dumps({"train": [steps] * 2, "valid": [steps], "test": [steps]} | parts)
    )
    return path


def test_frames_and_voices(tmp_path):
    path = write(tmp_path / "chorales.json")
    roll = music.PianoRollEncoding()
    train, valid, test = music.jsb_chorales(path, roll, length=4, transpose=1)
    assert [len(part) for part in (train, valid, test)] == [6, 1, 1]
    assert (np.flatnonzero(test.tokens[0, 3]) + 21).tolist() == [62, 65, 74]
    assert valid.tokens.sum() == 11
    encoding = music.ChoraleEncoding(hold=False, steps_per_quarter=1)
    _, _, test = music.jsb_chorales(path, encoding, length=4)
    assert test.tokens[0, 0].tolist() == encoding.tokens([72, 67, 64, 60]).tolist()
    assert test.tokens[0, 3].tolist() == encoding.tokens([74, 65, 62, -1]).tolist()
    pieces = music.jsb_pieces(path, step=0.25)
    assert pieces["valid"][0].voices[0] == [
        music.Note(72, 0.0, 0.5),
        music.Note(74, 0.75, 0.25),
    ]


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ('{"train": []}', r"Received: \['train'\]"),
        ("[1]", "Received: list"),
    ],
)
def test_other_files(tmp_path, content, message):
    path = tmp_path / "chorales.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        music.jsb_pieces(path, 1.0)


@pytest.mark.parametrize(
    "steps, message",
    [
        ([[60, 61, 62, 63, 64]], "at most 4 pitches in a step. Received: 5"),
        ([[60.5]], "a list of MIDI pitches"),
        ([[128]], "a list of MIDI pitches"),
        ([["C4"]], "a list of MIDI pitches"),
        ([60], "a list of MIDI pitches"),
        ([], "a list, not empty"),
    ],
)
def test_other_steps(tmp_path, steps, message):
    path = write(tmp_path / "chorales.json", steps)
    with pytest.raises(ValueError, match=message):
        music.jsb_pieces(path, 1.0)
    with pytest.raises(FileNotFoundError):
        music.jsb_pieces(tmp_path / "none.json", 1.0)
