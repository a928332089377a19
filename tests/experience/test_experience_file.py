import io
import json
import os
import random
import zipfile

import numpy as np
import pytest

from keras_rlgen.experience import Experience
from tests.experience.test_experience import assert_equal, make_experience


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "experience.npz"
    make_experience().save(path)
    return path


def rewrite(path, **changes):
    """Replaces entries of a file, given as bytes."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**entries, **changes}.items():
            archive.writestr(name, content)


def npy(array, shape=None, dtype=None):
    """Returns the bytes of an array, with another shape or dtype in the header."""
    file = io.BytesIO()
    header = {
        "descr": dtype or array.dtype.str,
        "fortran_order": False,
        "shape": shape or array.shape,
    }
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + array.tobytes()


def test_no_pickle_is_in_the_file(path):
    with np.load(path, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "biuf" for name in arrays)


def test_columns_that_are_not_contiguous(tmp_path):
    experience = Experience(
        np.asfortranarray(np.random.default_rng(0).normal(size=(5, 3))),
        np.arange(8)[::2],
        np.arange(4.0),
        [4],
        [True],
    )
    experience.save(tmp_path / "columns")
    loaded = Experience.load(tmp_path / "columns")
    assert_equal(loaded._columns(), experience._columns())


def test_saving_replaces_a_file_as_a_whole(path, monkeypatch):
    before = path.read_bytes()

    def fail(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(KeyboardInterrupt):
        make_experience(seed=1).save(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_a_missing_file_is_no_damaged_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        Experience.load(tmp_path / "missing.npz")


def test_keys_must_be_strings(tmp_path):
    experience = Experience({1: np.zeros(2)}, np.zeros(1), np.zeros(1), [1], [True])
    with pytest.raises(ValueError, match="keys of `observations` to be strings"):
        experience.save(tmp_path / "file.npz")


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_a_truncated_file(path, kept):
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(ValueError, match=path.name):
        Experience.load(path)


def test_damage_anywhere_is_a_value_error_or_harmless(path):
    content = path.read_bytes()
    expected = Experience.load(path)
    draws = random.Random(0)
    for _ in range(300):
        damaged = bytearray(content)
        for _ in range(draws.randint(1, 4)):
            damaged[draws.randrange(len(damaged))] = draws.randrange(256)
        path.write_bytes(damaged)
        try:
            loaded = Experience.load(path)
        except ValueError as error:
            assert path.name in str(error)
        else:
            assert_equal(loaded._columns(), expected._columns())


@pytest.mark.parametrize(
    "content",
    [
        npy(np.zeros(8, "float32"), shape=(10**14,)),
        npy(np.zeros(8, "float32"), shape=(9,)),
        npy(np.zeros(8, "float32"), shape=(2**62, 2**62)),
        npy(np.zeros(8, "float32"), shape=(-8,)),
        npy(np.zeros(8, "float32"), dtype="|O"),
        npy(np.zeros(8, "float32"), dtype="|V4"),
        npy(np.zeros(7, "float32")),
        npy(np.full(8, np.nan, "float32")),
        b"",
        b"\x93NUMPY\x07\x00",
    ],
)
def test_an_array_that_is_not_what_its_header_says(path, content):
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    rewards = next(name for name in names if name.startswith("rewards"))
    rewrite(path, **{rewards: content})
    with pytest.raises(ValueError, match=path.name):
        Experience.load(path)


def test_compressed_files_are_refused(path):
    with np.load(path) as arrays:
        arrays = dict(arrays)
    np.savez_compressed(path, **arrays)
    with pytest.raises(ValueError, match="bytes in a file"):
        Experience.load(path)


@pytest.mark.parametrize(
    "header, message",
    [
        ({"format": "other", "version": 1}, "received other"),
        ({"format": "keras_rlgen.Experience", "version": 2}, "version 2"),
        ([], "TypeError"),
        ({"format": "keras_rlgen.Experience", "version": 1, "columns": {}}, "damaged"),
    ],
)
def test_files_of_another_kind(path, header, message):
    array = np.frombuffer(json.dumps(header).encode(), "uint8")
    rewrite(path, **{"header.npy": npy(array)})
    with pytest.raises(ValueError, match=message):
        Experience.load(path)
