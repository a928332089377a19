"""Reads labelled images from local files: NumPy's `.npz` and MNIST's IDX."""

import gzip
import math
import os
import pathlib
import zlib

import numpy as np

_SPLIT_KEYS = ("x_train", "y_train", "x_test", "y_test")
_IDX_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_IDX_UNSIGNED_BYTE = 0x08


def read_image_files(path):
    """Reads a training and a test part from local files.

    Args:
        path: String or path: an `.npz` file, or a folder of four IDX files
            (see `keras_rlgen.datasets.mnist` for keys and names).

    Returns:
        `((x_train, y_train), (x_test, y_test))`: arrays as stored.

    Raises:
        FileNotFoundError: If `path`, or one of the four IDX files, is missing.
        ValueError: If a file is corrupt or truncated, or has unexpected contents.

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = read_image_files("mnist.npz")
    ```
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(
            "Expected the path of an `.npz` file, or of a folder of IDX files. "
            f"Received: path={path!r}"
        )
    path = pathlib.Path(path)
    if path.is_dir():
        arrays = [_read_idx(_idx_path(path, name)) for name in _IDX_FILES]
        x_train, y_train, x_test, y_test = arrays
        return (x_train, y_train), (x_test, y_test)
    if not path.exists():
        raise FileNotFoundError(
            f"Expected an `.npz` file or a folder of IDX files. "
            f"Received: path={path}, which does not exist."
        )
    return _read_npz(path)


def _read_npz(path):
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("it holds a single array")
        with archive:
            _check_sizes(archive, path)
            arrays = {name: archive[name] for name in archive.files}
        for name, array in arrays.items():
            if not isinstance(array, np.ndarray):
                raise ValueError(f"'{name}' is no array")
    except Exception as error:  # Damage can show in any way.
        raise ValueError(
            f"Expected an intact `.npz` archive of plain (unpickled) arrays. "
            f"Received: path={path}, which cannot be read: {error}"
        ) from error
    if all(key in arrays for key in _SPLIT_KEYS):
        x_train, y_train, x_test, y_test = (arrays[k] for k in _SPLIT_KEYS)
        return (x_train, y_train), (x_test, y_test)
    if "x" not in arrays or "y" not in arrays:
        raise ValueError(
            f"Expected the arrays {', '.join(_SPLIT_KEYS)}, or x and y. "
            f"Received: {', '.join(sorted(arrays)) or 'none'} in {path}"
        )
    return _hold_out_last_eighth(arrays["x"], arrays["y"], path)


def _check_sizes(archive, path):
    """Raises `ValueError` if a header declares more than its member can hold."""
    for member in archive.zip.infolist():
        if not member.filename.endswith(".npy"):
            raise ValueError(f"'{member.filename}' is no array")
        with archive.zip.open(member) as stream:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0
            if version != (1, 0):
                read = np.lib.format.read_array_header_2_0
            shape, _, dtype = read(stream)
        declared = math.prod(shape) * dtype.itemsize
        if declared > member.file_size:
            raise ValueError(
                f"'{member.filename}' declares {declared} bytes and has "
                f"{member.file_size}"
            )


def _hold_out_last_eighth(images, labels, path):
    if images.ndim == 0 or labels.ndim == 0 or len(images) != len(labels):
        raise ValueError(
            "Expected `x` and `y` of one length. Received: shapes "
            f"{images.shape} and {labels.shape} in {path}"
        )
    if len(images) < 8:
        raise ValueError(
            "Expected at least 8 images, of which the last eighth is held "
            f"out. Received: {len(images)} in {path}"
        )
    num_train = len(images) - len(images) // 8
    train = images[:num_train], labels[:num_train]
    return train, (images[num_train:], labels[num_train:])


def _idx_path(folder, name):
    for candidate in (folder / name, folder / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(
        f"Expected the file {name}, or {name}.gz, in the folder {folder}. "
        f"Received a folder without it; it needs all of {', '.join(_IDX_FILES)}"
    )


def _read_idx(path):
    """Reads one IDX file of unsigned bytes.

    The format: two zero bytes, the type, the number of axes, a big-endian
    32-bit size for each axis, then the values, last axis fastest.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            content = stream.read()
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(
            f"Expected an intact gzip file. Received: {path}, which cannot be "
            f"read: {error}"
        ) from error
    num_axes = 3 if "idx3" in path.name else 1
    header = bytes([0, 0, _IDX_UNSIGNED_BYTE, num_axes])
    start = 4 + 4 * num_axes
    if content[:4] != header or len(content) < start:
        raise ValueError(
            f"Expected an IDX file of unsigned bytes with {num_axes} axes, "
            f"beginning {header.hex()}. Received: {path}, "
            f"beginning {content[:4].hex() or '(empty)'}"
        )
    shape = tuple(int(size) for size in np.frombuffer(content[4:start], ">u4"))
    expected = int(np.prod(shape, dtype=object))
    if len(content) - start != expected:
        raise ValueError(
            f"Expected {expected} values for the shape {shape}. Received: "
            f"{len(content) - start} in {path}, which is truncated or corrupt."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
