"""Columns: nests of arrays, of dicts and tuples, with one row a step."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf


def as_columns(value, name):
    """Returns a nest of read-only arrays, of which every number is finite.

    Args:
        value: Array, or nest of arrays, of dicts and tuples. Arrays are not copied
            where their dtype may stay. float64 becomes float32, as networks see it.
        name: String, what errors call it.

    Raises:
        ValueError: If an array has no rows' axis, does not hold numbers, or holds NaN
            or infinity.
    """
    if isinstance(value, Mapping):
        return {key: as_columns(value[key], f"{name}[{key!r}]") for key in value}
    if isinstance(value, tuple):
        return tuple(
            as_columns(part, f"{name}[{index}]") for index, part in enumerate(value)
        )
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"Expected `{name}` to be an array. Received rows of different shapes: "
            f"{error}"
        ) from error
    if array.ndim == 0 or array.dtype.kind not in "biuf":
        raise ValueError(
            f"Expected `{name}` to be an array of numbers with one row a step, or a "
            f"nest of them, of dicts and tuples. Received: shape {array.shape}, dtype "
            f"{array.dtype}. Leave out parts that are no numbers, such as texts."
        )
    if array.dtype.kind == "f":
        if array.dtype.itemsize > 4:
            with np.errstate(over="ignore"):
                array = array.astype("float32")
        _check_finite(array, name)
    array = array.view()
    array.flags.writeable = False
    return array


def _check_finite(array, name):
    finite = np.isfinite(array)
    if finite.all():
        return
    rows = np.flatnonzero(~finite.reshape(len(array), -1).all(axis=1))
    values = array[rows[0]][~finite[rows[0]]].reshape(-1)
    raise ValueError(
        f"Expected `{name}` to be finite in float32. Received {len(rows)} of "
        f"{len(array)} rows with NaN or infinity, the first of them row {rows[0]}, "
        f"with {values[0]}. Leave out the episodes that hold them."
    )


def num_rows(columns, name):
    """Returns the number of rows, which all arrays of a nest must share.

    Raises:
        ValueError: If there are none, or not as many in each array.
    """
    leaves = named_leaves(columns, name)
    if not leaves:
        raise ValueError(f"Expected `{name}` to hold an array. Received: {columns!r}")
    counts = {path: len(array) for path, array in leaves}
    if len(set(counts.values())) > 1:
        raise ValueError(
            f"Expected all parts of `{name}` to have as many rows. Received: {counts}"
        )
    return counts[leaves[0][0]]


def named_leaves(nest, name, step="[{!r}]"):
    """Returns pairs of a path and a leaf, in the order of `tf.nest.flatten`.

    Args:
        nest: Nest of dicts and tuples.
        name: String, with which paths begin.
        step: String, the format of a key or an index.

    Example:

    >>> named_leaves({"b": 1, "a": (2, 3)}, "x")
    [("x['a'][0]", 2), ("x['a'][1]", 3), ("x['b']", 1)]
    """
    if isinstance(nest, Mapping):
        parts = [(key, nest[key]) for key in sorted(nest)]
    elif isinstance(nest, tuple):
        parts = enumerate(nest)
    else:
        return [(name, nest)]
    return [
        leaf
        for key, part in parts
        for leaf in named_leaves(part, name + step.format(key), step)
    ]


def rows(columns, index):
    """Returns rows of every array of a nest.

    Args:
        columns: Nest of arrays.
        index: What NumPy's arrays may be indexed with.
    """
    return tf.nest.map_structure(lambda array: array[index], columns)


def joined(nests, name):
    """Returns nests of arrays one after the other.

    Args:
        nests: List of nests of arrays.
        name: String, what errors call them.

    Raises:
        ValueError: If they differ in structure, in the shape of a row or in dtype.
    """
    first = structure(nests[0])
    for index, nest in enumerate(nests):
        if structure(nest) != first:
            raise ValueError(
                f"Expected `{name}` of the same structure, shapes and dtypes "
                f"everywhere. Received: {first} at first, and then, at {index}, "
                f"{structure(nest)}"
            )
    return tf.nest.map_structure(lambda *arrays: np.concatenate(arrays), *nests)


def structure(columns):
    """Returns a nest of the dtype and shape of a row, as a string for each array.

    Example:

    >>> structure({"x": np.zeros((10, 2), "float32"), "y": np.zeros((10,), "int8")})
    {'x': 'float32 (2,)', 'y': 'int8 ()'}
    """
    if isinstance(columns, Mapping):
        return {key: structure(columns[key]) for key in sorted(columns)}
    if isinstance(columns, tuple):
        return tuple(map(structure, columns))
    return f"{columns.dtype} {columns.shape[1:]}"
