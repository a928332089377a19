import numpy as np
import pytest

from keras_rlgen import music
from keras_rlgen.music.corpora import bach_chorales as module
from keras_rlgen.music.corpora.piece_file import write_pieces
from tests.music.pieces import scale_piece

music21 = pytest.importorskip("music21")


def test_scores_are_read_without_pickles(tmp_path, monkeypatch):
    paths = module.chorale_paths(music21)
    assert len(paths) > 300
    chosen = [p for p in paths if p.stem in ("bwv1.6", "bwv269", "bwv66.6")]
    monkeypatch.setattr(module, "chorale_paths", lambda music21: chosen)
    monkeypatch.setattr(music21.freezeThaw.StreamFreezer, "write", None)
    pieces = music.chorale_pieces(tmp_path)
    assert [piece.name for piece in pieces] == ["bwv1.6", "bwv269", "bwv66.6"]
    assert [piece.key for piece in pieces] == [5, 7, 18]
    (file,) = tmp_path.iterdir()
    assert music21.__version__ in file.name and file.suffix == ".npz"
    # Of a horn and four voices, the voices; the upbeat is before the second bar line.
    first = pieces[0]
    assert len(first.voices) == 4 and first.voices[0][0] == music.Note(65, 3.0, 1.0)
    assert all(
        note.start >= before.start + before.duration - 1e-6
        for piece in pieces
        for voice in piece.voices
        for before, note in zip(voice[:-1], voice[1:], strict=True)
    )
    monkeypatch.setattr(module, "read_score", None)
    assert music.chorale_pieces(tmp_path) == pieces
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    default = tmp_path / "home" / "keras_rlgen" / "music" / file.name
    default.parent.mkdir(parents=True)
    file.rename(default)
    assert music.chorale_pieces() == pieces


@pytest.fixture
def cache(tmp_path):
    pieces = [scale_piece(str(i), 32, root=60 + i % 3) for i in range(10)]
    pieces[9] = pieces[9]._replace(quarters_per_bar=3.0)
    write_pieces(tmp_path / f"bach_music21_{music21.__version__}.npz", pieces)
    return tmp_path


def test_parts(cache):
    parts = music.bach_chorales(1, 32, transpose=1, cache_folder=cache)
    assert [len(part) for part in parts] == [7 * 2 * 3, 2, 2]
    for part in parts:
        assert part.encoding == music.MelodyEncoding() and len(part.names) in (7, 1)
    train, _, _ = music.bach_chorales(4, 64, common_key=True, cache_folder=cache)
    assert train.tokens.shape == (7, 64, 4) and set(train.keys) == {0}
    everything = music.bach_chorales(4, quarters_per_bar=None, cache_folder=cache)
    assert sum(len(part) for part in everything) == 10
    roll = music.PianoRollEncoding(steps_per_quarter=2)
    train, _, _ = music.bach_chorales(4, encoding=roll, cache_folder=cache)
    assert train.tokens.shape == (7, 64, 88)
    assert np.all(train.tokens.sum(axis=2) <= 2)


def test_what_does_not_fit(cache):
    with pytest.raises(ValueError, match="`voices` of 1, the soprano, or 4"):
        music.bach_chorales(voices=2)
    with pytest.raises(ValueError, match="`transpose` to be an integer from 0 to 6"):
        music.bach_chorales(transpose=7)
    with pytest.raises(ValueError, match="an encoding of 1 voices"):
        music.bach_chorales(1, encoding=music.ChoraleEncoding())


def test_keys_of_modes_are_estimated():
    assert module.chorale_key(sharps=1, last_bass=43, estimate=2) == 7
    assert module.chorale_key(sharps=-1, last_bass=50, estimate=5) == 14
    assert module.chorale_key(sharps=0, last_bass=52, estimate=21) == 21
