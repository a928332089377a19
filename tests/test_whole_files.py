import os
import pathlib
import time

import pytest

from keras_rlgen import whole_files
from keras_rlgen.whole_files import (
    replacing,
    replacing_saved_model,
    write_bytes,
    write_text,
)


def make_folder(path, text):
    path.mkdir()
    (path / "saved_model.pb").write_text(text)


def test_a_file_takes_the_place_of_another(tmp_path):
    path = tmp_path / "new" / "scores.txt"
    write_text(path, "é")
    write_bytes(path, path.read_bytes() + b"!")
    assert path.read_text("utf-8") == "é!"
    assert os.listdir(path.parent) == ["scores.txt"]


@pytest.mark.parametrize("fallback", [False, True])
def test_a_folder_takes_the_place_of_another(tmp_path, monkeypatch, fallback):
    if fallback:
        monkeypatch.setattr(whole_files, "_exchange", lambda *paths: False)
    path = tmp_path / "model"
    for text in ("old", "new"):
        with replacing_saved_model(path) as beside:
            make_folder(beside, text)
    assert (path / "saved_model.pb").read_text() == "new"
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_an_error_leaves_what_was_there(tmp_path, kind):
    path = tmp_path / "x"
    for text in ("old", "new"):
        try:
            with replacing(path) as beside:
                if kind == "file":
                    beside.write_text(text)
                else:
                    make_folder(beside, text)
                if text == "new":
                    raise OSError("the disk is full")
        except OSError:
            pass
    kept = path if kind == "file" else path / "saved_model.pb"
    assert kept.read_text() == "old"
    assert os.listdir(tmp_path) == ["x"]


def test_until_the_end_the_old_file_is_there(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    with replacing(path) as beside:
        beside.write_text("half")
        assert path.read_text() == "old"
        assert beside.name == "x"
    assert path.read_text() == "half"


def test_what_killed_processes_left_is_removed_later(tmp_path):
    old, new, other = (
        tmp_path / name for name in (".x.1.part", ".x.2.part", ".y.1.part")
    )
    for folder in (old, new, other):
        folder.mkdir()
    for folder in (old, other):
        os.utime(folder, (time.time() - 7200,) * 2)
    write_text(tmp_path / "x", "")
    assert not old.exists() and new.exists() and other.exists()


@pytest.mark.parametrize("path", [None, "", 5])
def test_no_path(path):
    with pytest.raises(ValueError, match="Expected the path of a folder"):
        with replacing_saved_model(path):
            pass


def test_a_folder_of_something_else_is_not_replaced(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="which holds \\['thesis.tex'\\]"):
        with replacing_saved_model(tmp_path):
            pass
    with pytest.raises(ValueError, match="which is a file"):
        with replacing_saved_model(pathlib.Path(tmp_path, "thesis.tex")):
            pass


def test_a_folder_that_cannot_be_written_to(tmp_path):
    file = tmp_path / "file"
    file.write_text("not a folder")
    for path in file / "model.keras", file / "deep" / "model.keras":
        with pytest.raises(OSError, match="Expected to write 'model.keras' into the"):
            write_text(path, "")
    # Not even the superuser can write there.
    with pytest.raises(OSError, match="Choose another path") as raised:
        write_text("/proc/model.keras", "")
    assert "'/proc'" in str(raised.value) and raised.value.errno


@pytest.mark.parametrize("path", [None, 5, "", ["scores.txt"], True])
def test_what_is_no_path(path):
    with pytest.raises(ValueError, match="Expected a path, such as"):
        write_text(path, "")
    for function in whole_files.existing_file, whole_files.check_writable:
        with pytest.raises(ValueError, match="Expected a path, such as"):
            function(path)


def test_files_that_are_not_there(tmp_path):
    for path in tmp_path / "none.txt", tmp_path:
        with pytest.raises(FileNotFoundError, match="There is no file"):
            whole_files.existing_file(path)
    (tmp_path / "file").write_text("not a folder")
    for folder in tmp_path / "file", "/proc/outputs":
        with pytest.raises(OSError, match="Expected a folder to write to"):
            whole_files.check_writable(folder)
