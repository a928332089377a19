import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer


@keras.saving.register_keras_serializable("keras_rlgen")
@dataclasses.dataclass(frozen=True, eq=False)
class ArraySpec:
    """Shape, dtype and bounds of one part of an observation or an action.

    For those who have no agent at hand: wherever specs are expected, those of an agent
    will do (`agent.specs.observation`, `agent.specs.action`), and so will any object
    with these attributes, such as `tf.TensorSpec`.

    Args:
        shape: Tuple of integers, without the batch.
        dtype: Dtype, or its name. Defaults to `"float32"`.
        minimum: Number or array that broadcasts to `shape`, the smallest values.
            `None`, the default: there are no bounds.
        maximum: The largest values, likewise. A discrete action of `n` choices is an
            integer from 0 to `n - 1`.

    Raises:
        ValueError: If the shape is not known in full, if only one of the bounds is
            given, or if they do not fit the shape.

    Example:

    >>> action = ArraySpec((), "int32", minimum=0, maximum=1)
    >>> action.dtype, action.maximum
    (tf.int32, array(1, dtype=int32))
    """

    shape: tuple
    dtype: Any = "float32"
    minimum: Any = None
    maximum: Any = None

    def __post_init__(self):
        try:
            dtype = tf.as_dtype(self.dtype)
        except TypeError as error:
            raise TypeError(
                f"Expected `dtype` to be one of TensorFlow. Received: {self.dtype!r}"
            ) from error
        values = {"shape": tuple(self.shape), "dtype": dtype}
        if not all(is_integer(size) and size >= 0 for size in values["shape"]):
            raise ValueError(
                "Expected the shape of a spec to be known in full, without the batch. "
                f"Received: shape={self.shape}"
            )
        if (self.minimum is None) != (self.maximum is None):
            raise ValueError(
                "Expected `minimum` and `maximum`, or neither. Received: "
                f"minimum={self.minimum}, maximum={self.maximum}"
            )
        for name in ("minimum", "maximum"):
            bound = getattr(self, name)
            if bound is not None:
                values[name] = np.asarray(bound, dtype.as_numpy_dtype)
                self._check_bound(name, values[name], values["shape"])
        if "minimum" in values and np.any(values["minimum"] > values["maximum"]):
            raise ValueError(
                "Expected `minimum` to be at most `maximum`. Received: "
                f"minimum={self.minimum}, maximum={self.maximum}"
            )
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @staticmethod
    def _check_bound(name, bound, shape):
        try:
            np.broadcast_to(bound, shape)
        except ValueError as error:
            raise ValueError(
                f"Expected `{name}` to broadcast to the shape {shape}. Received: an "
                f"array of shape {bound.shape}"
            ) from error

    @classmethod
    def from_spec(cls, spec):
        """Returns the `ArraySpec` of an object with the attributes of one.

        Args:
            spec: `tf.TensorSpec`, TF-Agents' `BoundedTensorSpec`, or the like.
        """
        if isinstance(spec, cls):
            return spec
        if not hasattr(spec, "shape") or not hasattr(spec, "dtype"):
            raise TypeError(
                "Expected a spec with `shape` and `dtype`, such as `ArraySpec((4,))`. "
                f"Received: {spec!r} of type {type(spec).__name__}"
            )
        bounds = (getattr(spec, name, None) for name in ("minimum", "maximum"))
        return cls(tuple(spec.shape), spec.dtype, *bounds)

    def get_config(self):
        bounds = {"minimum": self.minimum, "maximum": self.maximum}
        return {
            "shape": list(self.shape),
            "dtype": self.dtype.name,
            **{k: v if v is None else v.tolist() for k, v in bounds.items()},
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)
