import pytest

from keras_rlgen import music
from tests.music.pieces import QUARTERS, melody

pytest.importorskip("mido")


def test_a_folder(tmp_path):
    for index in range(4):
        tokens = melody(*range(60 + index, 68 + index))
        music.write_midi(tmp_path / "part" / f"{index}.mid", tokens[0], QUARTERS)
    train, valid, test = music.midi_folder(tmp_path, QUARTERS, length=4, transpose=1)
    assert [len(part) for part in (train, valid, test)] == [2 * 2 * 3, 2, 2]
    assert train.names[0].endswith(".mid")
    assert {len(name) for name in (*train.names, *test.names)} == {10}


def test_errors_name_the_file(tmp_path):
    with pytest.raises(ValueError, match="three or more files"):
        music.midi_folder(tmp_path, QUARTERS)
    for name in ("a.mid", "b.MIDI", "c.mid"):
        (tmp_path / name).write_bytes(b"MThd")
    with pytest.raises(ValueError, match=r"a\.mid.*truncated"):
        music.midi_folder(tmp_path, QUARTERS)
