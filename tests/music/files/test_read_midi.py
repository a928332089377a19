import time

import pytest

from keras_rlgen import music

mido = pytest.importorskip("mido")


def write(path, *tracks, ticks=480, kind=1):
    file = mido.MidiFile(type=kind, ticks_per_beat=ticks)
    for messages in tracks:
        file.tracks.append(mido.MidiTrack(messages))
    file.save(path)
    return path


def note(pitch, ticks, channel=0, wait=0):
    return [
        mido.Message("note_on", note=pitch, channel=channel, time=wait),
        mido.Message("note_off", note=pitch, channel=channel, time=ticks),
    ]


def test_voices_of_tracks_and_channels(tmp_path):
    path = write(
        tmp_path / "song.mid",
        [mido.MetaMessage("time_signature", numerator=3, denominator=4)],
        note(48, 960) + note(36, 480, channel=9),
        note(60, 480) + note(72, 240, channel=1, wait=240),
    )
    piece = music.read_midi(path)
    assert piece.name == "song" and piece.quarters_per_bar == 3.0
    assert piece.voices == [
        [music.Note(72, 1.5, 0.5)],
        [music.Note(60, 0.0, 1.0)],
        [music.Note(48, 0.0, 2.0)],
    ]


def test_notes_that_never_end_and_begin_twice(tmp_path):
    messages = [
        mido.Message("note_on", note=60),
        mido.Message("note_on", note=60, time=480),
        mido.Message("note_on", note=60, velocity=0, time=480),
        mido.Message("note_on", note=64),
        mido.Message("note_off", note=99, time=480),
    ]
    piece = music.read_midi(write(tmp_path / "odd.mid", messages))
    assert piece.voices == [
        [music.Note(60, 0.0, 1.0), music.Note(60, 1.0, 1.0), music.Note(64, 2.0, 1.0)]
    ]


def test_truncated_anywhere(tmp_path):
    content = write(tmp_path / "song.mid", note(60, 480)).read_bytes()
    damaged = tmp_path / "damaged.mid"
    for size in range(len(content) - 1):
        damaged.write_bytes(content[:size])
        with pytest.raises(ValueError, match="damaged.mid"):
            music.read_midi(damaged)


def test_hostile_files(tmp_path):
    path = tmp_path / "hostile.mid"
    start = time.monotonic()
    for content in (
        b"",
        b"not music",
        b"MThd" + bytes(4) + b"\xff" * 40,
        # A track that claims four gigabytes, and a text that does.
        b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk\xff\xff\xff\xff\0\x90\x3c\x40",
        b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk\0\0\0\x08\0\xff\x01\xff\xff\xff\x7fx",
        # As many tracks as a header can claim.
        b"MThd\0\0\0\x06\0\x01\xff\xff\x01\xe0MTrk\0\0\0\0",
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="hostile.mid"):
            music.read_midi(path)
    write(path, note(60, 2**28 - 1))
    with pytest.raises(ValueError, match="hostile.mid, with a message after 559,240"):
        music.read_midi(path)
    path.write_bytes(bytes(4_000_001))
    with pytest.raises(ValueError, match="at most 4,000,000 bytes"):
        music.read_midi(path)
    assert time.monotonic() - start < 5.0


def test_other_kinds(tmp_path):
    path = tmp_path / "other.mid"
    with pytest.raises(FileNotFoundError):
        music.read_midi(path)
    write(path, note(60, 480), kind=2)
    with pytest.raises(ValueError, match="type 0 or 1.*of type 2"):
        music.read_midi(path)
    content = bytearray(write(path, note(60, 480)).read_bytes())
    content[12:14] = b"\xe7\x28"  # 25 frames a second.
    path.write_bytes(content)
    with pytest.raises(ValueError, match="in ticks of a quarter note"):
        music.read_midi(path)
    write(path, note(36, 480, channel=9))
    with pytest.raises(ValueError, match="which has none besides drums"):
        music.read_midi(path)
