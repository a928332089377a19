"""Validates observations from users."""

import numpy as np
import tensorflow as tf


def observation_batch(observations, spec, space=None):
    """Returns observations as tensors with the dtypes of a spec.

    Args:
        observations: Nest of arrays or tensors `(batch, ...)`, or of one observation.
        spec: Nest of `TensorSpec`: one observation.
        space: The environment's own space, for errors, or `None`.

    Returns:
        A pair: the batch, and whether it was one observation.

    Raises:
        ValueError: If the structure or a shape does not fit, there is none, or a value
            is NaN or infinite.
        TypeError: If they are complex.
    """
    if any(map(np.iscomplexobj, tf.nest.flatten(observations))):
        raise TypeError(
            "Expected observations of real numbers. Received: complex numbers."
        )
    try:
        if not tf.nest.is_nested(spec) and isinstance(observations, (list, tuple)):
            observations = np.asarray(observations)
        batch = tf.nest.map_structure(
            lambda s, x: tf.cast(x, s.dtype), spec, observations
        )
    except (TypeError, ValueError, tf.errors.UnimplementedError):
        batch = None
    if batch is not None:
        pairs = list(zip(tf.nest.flatten(spec), tf.nest.flatten(batch), strict=True))
        is_one = all(x.shape == s.shape for s, x in pairs)
        if is_one or all(x.shape.rank and x.shape[1:] == s.shape for s, x in pairs):
            if not all(tf.size(x) for x in tf.nest.flatten(batch)):
                raise ValueError("Expected at least one observation. Received: none.")
            _require_finite(batch)
            if is_one:
                batch = tf.nest.map_structure(lambda x: x[tf.newaxis], batch)
            return batch, is_one
    shapes = tf.nest.map_structure(np.shape, observations)
    given = "" if space is None else f"of the space {space} as the environment gives it"
    raise ValueError(
        f"Expected one observation {given or f'of the spec {spec}'}, or a batch of "
        f"them, whose first axis is the batch. Received shapes: {shapes}."
        + (f" As input of the networks it is {spec}." if given else "")
    )


def _require_finite(batch):
    for part in tf.nest.flatten(batch):
        if part.dtype.is_floating and not tf.reduce_all(tf.math.is_finite(part)):
            raise ValueError(
                "Expected observations of finite numbers. Received: NaN or an infinite "
                "number."
            )
