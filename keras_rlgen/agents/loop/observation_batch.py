"""Validates batches of observations from users."""

import numpy as np
import tensorflow as tf


def observation_batch(observations, spec):
    """Returns observations as tensors with the dtypes of a spec.

    Args:
        observations: Nest of arrays or tensors `(batch, ...)`.
        spec: Nest of `TensorSpec`: one observation.

    Raises:
        ValueError: If the structure or a shape does not fit.
    """
    try:
        batch = tf.nest.map_structure(
            lambda s, x: tf.cast(x, s.dtype), spec, observations
        )
        pairs = zip(tf.nest.flatten(spec), tf.nest.flatten(batch), strict=True)
        if all(x.shape.rank and x.shape[1:] == s.shape for s, x in pairs):
            return batch
    except (TypeError, ValueError, tf.errors.UnimplementedError):
        pass
    shapes = tf.nest.map_structure(np.shape, observations)
    raise ValueError(
        f"Expected a batch of observations of the spec {spec}, with the batch as the "
        f"first axis. Received shapes: {shapes}. For a single one, pass "
        "`observation[None]`."
    )
