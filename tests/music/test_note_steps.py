import numpy as np
import pytest

from keras_rlgen.music import Note
from keras_rlgen.music.note_steps import notes_of_steps, steps_of_notes


def test_a_later_note_cuts_and_the_highest_of_a_chord_stays():
    voice = [Note(60, 0.0, 4.0), Note(62, 1.0, 1.0), Note(65, 1.0, 0.5)]
    pitches, onsets = steps_of_notes([voice], steps_per_quarter=1)
    assert pitches[:, 0].tolist() == [60, 65, -1, -1]
    assert onsets[:, 0].tolist() == [True, True, False, False]


def test_notes_come_back():
    voices = [
        [Note(60, 0.0, 1.0), Note(60, 1.0, 0.5), Note(64, 2.0, 2.0)],
        [Note(48, 0.5, 1.0)],
    ]
    assert notes_of_steps(*steps_of_notes(voices, 2), 2) == voices


def test_short_notes_last_a_step_and_late_ones_are_left_out():
    voices = [[Note(60, 0.0, 0.01), Note(61, 8.0, 1.0)], []]
    pitches, onsets = steps_of_notes(voices, 2, num_steps=3)
    assert pitches.tolist() == [[60, -1], [-1, -1], [-1, -1]]
    assert onsets.sum() == 1


def test_nothing_has_no_steps():
    pitches, onsets = steps_of_notes([[]], 1)
    assert pitches.shape == (0, 1)
    assert notes_of_steps(pitches, onsets, 1) == [[]]


@pytest.mark.parametrize(
    "note", [Note(128, 0, 1), Note(60, -1.0, 1.0), Note(60, 0.0, np.inf)]
)
def test_impossible_notes(note):
    with pytest.raises(ValueError, match="Expected notes of a MIDI pitch"):
        steps_of_notes([[note]], 1)


def test_too_many_steps():
    with pytest.raises(ValueError, match="at most 100000 steps. Received: 1000001"):
        steps_of_notes([[Note(60, 1e6, 1.0)]], 1)


def test_notes_that_are_no_numbers():
    with pytest.raises(TypeError, match="Expected notes of numbers"):
        steps_of_notes([[Note("C4", 0.0, 1.0)]], 1)
