import keras
import numpy as np
import pytest

from keras_rlgen import text
from keras_rlgen.text import corpora


def written(folder, content):
    path = folder / "corpus.txt"
    path.write_bytes(content)
    return path


def test_lines_and_text(tmp_path):
    path = written(tmp_path, "\ufeffone \r\n\n  zwölf\rthree\n".encode())
    assert text.read(path) == "one \n\n  zwölf\nthree\n"
    assert text.lines(str(path)) == ["one", "zwölf", "three"]
    assert text.lines(path, max_lines=2) == ["one", "zwölf"]


def test_an_address_is_downloaded(tmp_path, monkeypatch):
    path = written(tmp_path, b"a\n")
    asked = {}

    def get_file(origin, file_hash):
        asked.update(origin=origin, file_hash=file_hash)
        return str(path)

    monkeypatch.setattr(keras.utils, "get_file", get_file)
    assert text.lines("https://example.org/a.txt", file_hash="12") == ["a"]
    assert asked == {"origin": "https://example.org/a.txt", "file_hash": "12"}


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "which is empty"),
        (b" \n\t", "which is empty"),
        (b"MThd\0\0\0\6", "a binary file, with a zero byte at position 4"),
        ("zwölf".encode("latin-1"), "with the byte 0xf6 at position 2"),
    ],
)
def test_files_that_are_no_text(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        text.lines(written(tmp_path, content))


def test_a_missing_file_is_named(tmp_path):
    for path in (tmp_path / "missing.txt", tmp_path):
        with pytest.raises(FileNotFoundError, match="which is no file"):
            text.read(path)


@pytest.mark.parametrize("max_lines", [0, 1.5])
def test_the_number_of_lines(tmp_path, max_lines):
    with pytest.raises(ValueError, match="`max_lines` >= 1"):
        text.lines(written(tmp_path, b"a"), max_lines)


def test_windows():
    assert text.windows("abcdefg", 3) == ["abc", "def"]
    assert text.windows("abcd", 2, stride=1) == ["ab", "bc", "cd"]
    with pytest.raises(ValueError, match="at least 5 characters.*Received: 4"):
        text.windows("abcd", 5)
    with pytest.raises(ValueError, match="`stride` >= 1. Received: 0"):
        text.windows("abcd", 2, stride=0)
    with pytest.raises(ValueError, match="`length` >= 1"):
        text.windows("abcd", 0)


def test_split():
    assert text.split("abcdefghij") == ("abcdefghi", "j")
    first, last = text.split(np.arange(4), 0.5)
    assert first.tolist() == [0, 1] and last.tolist() == [2, 3]
    with pytest.raises(ValueError, match=r"`fraction` in \(0, 1\). Received: 1.0"):
        text.split("abc", 1.0)
    with pytest.raises(ValueError, match="something for both parts. Received: 1"):
        text.split(["a"])


def test_the_hash_of_a_file_is_checked(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert corpora.read(path, digest) == "abc"
    with pytest.raises(ValueError, match="Expected a file of the SHA-256 '0'"):
        corpora.read(path, "0")
