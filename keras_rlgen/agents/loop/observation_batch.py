"""Validates batches of observations from users."""

import numpy as np
import tensorflow as tf


def observation_batch(observations, spec):
    """Returns observations as tensors with the dtypes of a spec.

    Args:
        observations: Nest of arrays or tensors `(batch, ...)`.
        spec: Nest of `TensorSpec`: one observation.

    Raises:
        ValueError: If the structure or a shape does not fit, there is none, or a value
            is not finite.
    """
    try:
        batch = tf.nest.map_structure(
            lambda s, x: tf.cast(x, s.dtype), spec, observations
        )
        pairs = zip(tf.nest.flatten(spec), tf.nest.flatten(batch), strict=True)
        fits = all(x.shape.rank and x.shape[1:] == s.shape for s, x in pairs)
    except (TypeError, ValueError, tf.errors.UnimplementedError):
        fits = False
    if fits:
        _check_values(batch)
        return batch
    shapes = tf.nest.map_structure(np.shape, observations)
    raise ValueError(
        f"Expected a batch of observations of the spec {spec}, with the batch as the "
        f"first axis. Received shapes: {shapes}. For a single one, pass "
        "`observation[None]`."
    )


def _check_values(batch):
    for values in tf.nest.flatten(batch):
        if values.shape[0] == 0:
            raise ValueError("Expected at least one observation. Received none.")
        if values.dtype.is_floating and not np.isfinite(values).all():
            raise ValueError(
                "Expected observations of finite numbers. Received some that are NaN "
                "or infinite."
            )
