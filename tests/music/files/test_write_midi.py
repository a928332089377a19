import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import CHORDS, QUARTERS, chords, melody

pytest.importorskip("pretty_midi")


def test_files_are_read_back(tmp_path):
    tokens = np.repeat(chords((72, 67, 64, 48), (71, 67, 62, 55)), 2, axis=0)
    paths = music.write_midi(tmp_path / "songs", tokens, CHORDS, tempo=87.0)
    assert [path.name for path in paths] == ["piece_000.mid", "piece_001.mid"]
    piece = music.read_midi(paths[1])
    np.testing.assert_array_equal(CHORDS.encode(piece.voices, 2), tokens[1])
    roll = music.PianoRollEncoding()
    frames = roll.encode_notes([music.Note(p, 0.0, 1.0) for p in (60, 64, 67)])
    (path,) = music.write_midi(tmp_path / "roll.mid", frames, roll)
    assert len(music.read_midi(path).voices[0]) == 3


def test_music21_opens_them(tmp_path):
    music21 = pytest.importorskip("music21")
    (path,) = music.write_midi(
        tmp_path / "song.mid", melody(60, 64, -1, 67)[0], QUARTERS
    )
    (silent,) = music.write_midi(tmp_path / "silent.mid", melody(-1, -1)[0], QUARTERS)
    for file, number in ((path, 3), (silent, 0)):
        converter = music21.converter.Converter()
        converter.parseFileNoPickle(file)
        assert len(list(converter.stream.flatten().notes)) == number


def test_what_does_not_fit(tmp_path):
    with pytest.raises(ValueError, match="a batch of tokens.*2 axes"):
        music.write_midi(tmp_path, melody(60)[0], QUARTERS)
    with pytest.raises(ValueError, match="tokens of one piece.*1 axes"):
        music.write_midi(tmp_path / "song.mid", melody(60), QUARTERS)
    with pytest.raises(ValueError, match="a positive `tempo`"):
        music.write_midi(tmp_path, melody(60), QUARTERS, tempo=0.0)
