import gzip
import zipfile

import numpy as np
import pytest

from keras_rlgen.datasets.image_files import read_image_files

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def parts(num_train=5, num_test=3):
    random = np.random.default_rng(0)
    return (
        random.integers(0, 256, size=(num_train, 4, 6), dtype="uint8"),
        np.arange(num_train, dtype="uint8"),
        random.integers(0, 256, size=(num_test, 4, 6), dtype="uint8"),
        np.arange(num_test, dtype="uint8"),
    )


def idx_bytes(array):
    header = bytes([0, 0, 8, array.ndim])
    return header + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def write_folder(folder, arrays, compressed=()):
    for name, array in zip(NAMES, arrays, strict=True):
        if name in compressed:
            content = gzip.compress(idx_bytes(array))
            (folder / f"{name}.gz").write_bytes(content)
        else:
            (folder / name).write_bytes(idx_bytes(array))


def check_arrays(result, arrays):
    (x_train, y_train), (x_test, y_test) = result
    for got, expected in zip((x_train, y_train, x_test, y_test), arrays, strict=True):
        assert got.dtype == np.uint8
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("compressed", [(), NAMES, NAMES[:2]])
def test_idx_folder(compressed, tmp_path):
    arrays = parts()
    write_folder(tmp_path, arrays, compressed)
    check_arrays(read_image_files(tmp_path), arrays)
    check_arrays(read_image_files(str(tmp_path)), arrays)


def test_npz_with_both_parts(tmp_path):
    arrays = parts()
    path = tmp_path / "images.npz"
    np.savez_compressed(
        path, x_train=arrays[0], y_train=arrays[1], x_test=arrays[2], y_test=arrays[3]
    )
    check_arrays(read_image_files(path), arrays)


def test_npz_with_one_part_loses_its_last_eighth(tmp_path):
    images, labels, _, _ = parts(num_train=17)
    path = tmp_path / "images.npz"
    np.savez(path, x=images, y=labels)
    check_arrays(
        read_image_files(path), (images[:15], labels[:15], images[15:], labels[15:])
    )


def test_missing_path(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.npz, which does not exist"):
        read_image_files(tmp_path / "nowhere.npz")


def test_missing_idx_file(tmp_path):
    write_folder(tmp_path, parts())
    (tmp_path / NAMES[3]).unlink()
    with pytest.raises(FileNotFoundError, match=f"{NAMES[3]}, or {NAMES[3]}.gz"):
        read_image_files(tmp_path)


def damaged_npz(kind, path):
    images, labels, _, _ = parts(num_train=16)
    np.savez_compressed(path, x=images, y=labels)
    content = bytearray(path.read_bytes())
    if kind == "truncated":
        content = content[: len(content) // 2]
    elif kind == "flipped":
        for position in range(60, 160):
            content[position] ^= 0xFF
    elif kind == "empty":
        content = b""
    elif kind == "text":
        content = b"this is no archive"
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["truncated", "flipped", "empty", "text"])
def test_damaged_npz(kind, tmp_path):
    path = tmp_path / "images.npz"
    damaged_npz(kind, path)
    with pytest.raises(ValueError, match=r"intact `.npz` archive.*images.npz"):
        read_image_files(path)


def test_pickled_arrays_are_not_loaded(tmp_path):
    path = tmp_path / "images.npz"
    np.savez(path, x=np.array([{}], dtype=object), y=np.arange(1))
    with pytest.raises(ValueError, match="plain .unpickled. arrays"):
        read_image_files(path)


def test_single_array_is_refused(tmp_path):
    path = tmp_path / "images.npy"
    np.save(path, np.zeros(3))
    with pytest.raises(ValueError, match="holds a single array"):
        read_image_files(path)


def test_npz_with_other_arrays(tmp_path):
    path = tmp_path / "images.npz"
    np.savez(path, pictures=np.zeros(3), x=np.zeros(3))
    with pytest.raises(ValueError, match="or x and y. Received: pictures, x"):
        read_image_files(path)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((9, 2)), np.zeros(8), "of one length"),
        (np.zeros(()), np.zeros(8), "of one length"),
        (np.zeros((7, 2)), np.zeros(7), "at least 8 images"),
    ],
)
def test_npz_that_cannot_be_split(images, labels, message, tmp_path):
    path = tmp_path / "images.npz"
    np.savez(path, x=images, y=labels)
    with pytest.raises(ValueError, match=message):
        read_image_files(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "beginning .empty."),
        (b"\x00\x00\x08", "beginning 000008"),
        (b"\x00\x00\x08\x01\x00\x00\x00\x01\x07", "with 3 axes.*beginning 00000801"),
        (b"\x00\x00\x08\x03\x00\x00", "with 3 axes"),
        (idx_bytes(parts()[0])[:-1], "truncated or corrupt"),
        (idx_bytes(parts()[0]) + b"\x00", "truncated or corrupt"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12, "truncated or corrupt"),
    ],
)
def test_damaged_idx(content, message, tmp_path):
    write_folder(tmp_path, parts())
    (tmp_path / NAMES[0]).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_image_files(tmp_path)


@pytest.mark.parametrize("kind", ["truncated", "text"])
def test_damaged_gzip(kind, tmp_path):
    write_folder(tmp_path, parts(), compressed=NAMES)
    path = tmp_path / f"{NAMES[0]}.gz"
    content = path.read_bytes()
    path.write_bytes(content[:-12] if kind == "truncated" else b"no gzip")
    with pytest.raises(ValueError, match="intact gzip file"):
        read_image_files(tmp_path)


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (10000000000000, 99), }",
        b"{'descr': '|u1', 'fortran_order': Fal(",
        b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    ],
)
def test_a_header_that_lies(tmp_path, header):
    header = header.ljust(117) + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("x.npy", content)
        archive.writestr("y.npy", content)
    with pytest.raises(ValueError, match="intact `.npz` archive"):
        read_image_files(tmp_path / "x.npz")


def test_a_member_that_is_no_array(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("x.npy", b"hello")
    with pytest.raises(ValueError, match="intact `.npz` archive"):
        read_image_files(tmp_path / "x.npz")
