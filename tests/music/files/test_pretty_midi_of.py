import pytest

from keras_rlgen import music
from tests.music.pieces import CHORDS, chords

pytest.importorskip("pretty_midi")


def test_voices_are_instruments():
    song = music.pretty_midi_of(chords((72, 67, 64, 48))[0], CHORDS, tempo=120.0)
    assert [i.notes[0].pitch for i in song.instruments] == [72, 67, 64, 48]
    assert song.instruments[0].notes[0].end == pytest.approx(0.5)
