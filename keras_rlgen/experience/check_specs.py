"""Whether recorded experience is what an agent sees and does."""

from collections.abc import Mapping

import numpy as np

from keras_rlgen.experience.array_spec import ArraySpec
from keras_rlgen.experience.columns import named_leaves


def check_columns(columns, spec, name):
    """Raises an error unless columns fit a spec.

    Integers of any size will do for another integer dtype that can hold their values,
    and integers but pixels for floats.

    Args:
        columns: Nest of arrays `(rows, ...)`.
        spec: Nest of specs, of one row.
        name: String, what errors call the columns.

    Raises:
        ValueError: If structure, shape or dtype differ, or if a value is out of bounds.
    """
    _check_structure(columns, spec, name)
    for (path, array), (_, part) in zip(
        named_leaves(columns, name), named_leaves(spec, name), strict=True
    ):
        part = ArraySpec.from_spec(part)
        if array.shape[1:] != part.shape:
            raise ValueError(
                f"Expected `{path}` of shape (rows, {', '.join(map(str, part.shape))})."
                f" Received: shape {array.shape}. {_shape_remedy(array, part, path)}"
            )
        _check_dtype(array, part, path)
        _check_bounds(array, part, path)


def _check_structure(columns, spec, name):
    expected, received = _kind(spec), _kind(columns)
    if expected != received:
        raise ValueError(
            f"Expected `{name}` to be {expected}, as in the spec. Received: {received}"
        )
    if isinstance(spec, Mapping):
        for key in spec:
            _check_structure(columns[key], spec[key], f"{name}[{key!r}]")
    if isinstance(spec, tuple):
        for index, part in enumerate(spec):
            _check_structure(columns[index], part, f"{name}[{index}]")


def _kind(nest):
    if isinstance(nest, Mapping):
        return f"a dict with the keys {sorted(nest)}"
    return f"a tuple of {len(nest)}" if isinstance(nest, tuple) else "an array"


def _shape_remedy(array, spec, path):
    row = array.shape[1:]
    if array.dtype.kind in "bui" and spec.shape[:-1] == row and spec.shape:
        return (
            "They look like indices where one-hot vectors are expected: "
            f"`np.eye({spec.shape[-1]}, dtype='float32')[{path}]`"
        )
    if row[:-1] == spec.shape and row:
        if spec.dtype.is_integer and _is_one_hot(array):
            return (
                "They look like one-hot vectors where indices are expected: "
                f"`np.argmax({path}, axis=-1)`"
            )
        if row[-1] == 1:
            return f"Drop the last axis: `np.squeeze({path}, axis=-1)`"
    if row == spec.shape[:-1] and spec.shape[-1:] == (1,):
        return f"Add an axis: `{path}[..., np.newaxis]`"
    return "Was it recorded in another environment, or before preprocessing?"


def _is_one_hot(array):
    return bool(np.all((array == 0) | (array == 1)) and np.all(array.sum(-1) == 1))


def _check_dtype(array, spec, path):
    if spec.dtype.is_floating:
        fits = array.dtype != np.uint8
        remedy = f"Scale pixels as the agent sees them: `np.float32({path}) / 255`"
    else:
        fits = array.dtype.kind in "bui"
        remedy = (
            "If they are whole numbers: "
            f"`{path}.astype('{spec.dtype.as_numpy_dtype.__name__}')`"
        )
    if not fits:
        raise ValueError(
            f"Expected `{path}` of dtype {spec.dtype.name}. Received: dtype "
            f"{array.dtype}. {remedy}"
        )


def _check_bounds(array, spec, path):
    low, high = spec.minimum, spec.maximum
    if low is None:
        if spec.dtype.is_floating or spec.dtype.is_bool:
            return
        low, high = spec.dtype.limits
    if array.dtype.kind == "f":
        # Else 0.1 in float32 would be above a bound of 0.1 in float64.
        low, high = np.asarray(low, array.dtype), np.asarray(high, array.dtype)
    outside = (array < low) | (array > high)
    if not outside.any():
        return
    row = np.flatnonzero(outside.reshape(len(array), -1).any(axis=1))[0]
    raise ValueError(
        f"Expected `{path}` from {np.min(low)} to {np.max(high)}, as in the spec. "
        f"Received: {array[row].tolist()} in row {row}. Clip or rescale them, or count "
        "from the minimum, if they were recorded otherwise."
    )
