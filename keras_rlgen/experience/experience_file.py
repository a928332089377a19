"""Columns as npz files: arrays alone, no pickle, nothing that could run."""

import json
import math
import os
import zipfile

import numpy as np

from keras_rlgen.experience.columns import as_columns
from keras_rlgen.whole_files import replacing

FORMAT = "keras_rlgen.Experience"
VERSION = 1


def write_columns(path, columns):
    """Writes nests of arrays beside the file `path`, and puts them in its place.

    Who is stopped at any time leaves the file that was there, or the new one.

    Args:
        path: Path of the file, ending as it likes.
        columns: Dict from names to nests of arrays.
    """
    arrays = {}
    layout = {name: _add_leaves(nest, name, arrays) for name, nest in columns.items()}
    header = json.dumps({"format": FORMAT, "version": VERSION, "columns": layout})
    arrays["header"] = np.frombuffer(header.encode(), "uint8")
    with replacing(path) as beside, open(beside, "wb") as file:
        np.savez(file, **arrays)


def read_columns(path):
    """Returns what `write_columns` wrote.

    Args:
        path: Path of the file.

    Returns:
        Dict from names to nests of arrays.

    Raises:
        ValueError: If the file is damaged, of another kind or of a newer version.
        OSError: If there is no such file, or if it may not be read.
    """
    with open(path, "rb") as file:
        try:
            return _read(file)
        except Exception as error:  # Damage can show in any way.
            raise ValueError(
                f"Expected {path} to be a file that `Experience.save` has written. "
                f"It cannot be read, and may be damaged or incomplete: {error!r}"
            ) from error


def _add_leaves(nest, name, arrays):
    """Adds arrays to a dict, and returns the nest of their names there, for JSON."""
    if isinstance(nest, dict):
        if not all(isinstance(key, str) for key in nest):
            raise ValueError(
                f"Expected the keys of `{name}` to be strings. Received: {list(nest)}"
            )
        return {"dict": {k: _add_leaves(nest[k], name, arrays) for k in nest}}
    if isinstance(nest, tuple):
        return {"tuple": [_add_leaves(part, name, arrays) for part in nest]}
    key = f"{name}_{len(arrays)}"
    arrays[key] = nest
    return key


def _read(file):
    size = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        header = json.loads(_read_array(archive, "header", size).tobytes())
        if header["format"] != FORMAT or header["version"] != VERSION:
            raise ValueError(
                f"expected the format {FORMAT}, version {VERSION}; received "
                f"{header['format']}, version {header['version']}. Newer files need a "
                "newer keras_rlgen."
            )
        return {
            name: as_columns(_read_nest(archive, layout, size), name)
            for name, layout in header["columns"].items()
        }


def _read_nest(archive, layout, size):
    if isinstance(layout, str):
        return _read_array(archive, layout, size)
    if "dict" in layout:
        parts = layout["dict"].items()
        return {key: _read_nest(archive, part, size) for key, part in parts}
    return tuple(_read_nest(archive, part, size) for part in layout["tuple"])


def _read_array(archive, name, size):
    """Reads an array, once it is known to be as large as its header says."""
    entry = archive.getinfo(f"{name}.npy")
    # What is not compressed cannot be larger than the file.
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > size:
        raise ValueError(f"{name}: {entry.file_size} bytes in a file of {size}")
    with archive.open(entry) as file:
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = read_header(file)
        needed = math.prod(shape) * dtype.itemsize
        if dtype.kind not in "biuf" or needed != entry.file_size - file.tell():
            raise ValueError(
                f"{name}: an array of shape {shape} and dtype {dtype} has {needed} "
                f"bytes; there are {entry.file_size - file.tell()}"
            )
    with archive.open(entry) as file:
        return np.lib.format.read_array(file, allow_pickle=False)
