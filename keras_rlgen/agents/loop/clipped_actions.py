import numpy as np
import tensorflow as tf


def clipped_actions(actions, spec):
    """Returns continuous actions within their bounds, as the environment took them.

    A policy that is not squashed may choose actions beyond the bounds; environments
    clip them.

    Args:
        actions: Nest of arrays `(..., *shape)`.
        spec: Nest of bounded specs.

    Returns:
        Nest of arrays. Discrete actions are returned as they are.

    Example:

    >>> from keras_rlgen.experience import ArraySpec
    >>> spec = ArraySpec((1,), "float32", -1.0, 1.0)
    >>> clipped_actions(np.float32([[-3.0], [0.5]]), spec)
    array([[-1. ],
           [ 0.5]], dtype=float32)
    """
    return tf.nest.map_structure(
        lambda part, x: (
            np.clip(x, part.minimum, part.maximum).astype(x.dtype)
            if part.dtype.is_floating
            else x
        ),
        spec,
        actions,
    )
