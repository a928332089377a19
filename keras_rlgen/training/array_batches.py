"""Batches of arrays whose reading does not make epochs wait."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.training.keras_internals import UntunedArrays
from keras_rlgen.training.replica_batches import split_samples


def fit_batches(x, y, options):
    """Returns the arguments of `fit` with arrays as `UntunedArrays`.

    Args:
        x: Array or tensor `(num_samples, ...)`; anything else is returned.
        y: Array or tensor `(num_samples, ...)`, or `None`; the same.
        options: Dict of arguments of `keras.Model.fit`. Its `validation_data` become
            such batches too.

    Returns:
        Tuple of `x`, `y` and `options`.

    Example:

    >>> batches, _, _ = fit_batches(np.zeros(3), None, {"batch_size": 2})
    >>> batches.num_batches
    2
    """
    options = dict(options)
    size = options.get("batch_size")
    if _are_arrays(x, y):
        if options.get("validation_split") and options.get("validation_data") is None:
            share = options["validation_split"]
            (x, y), options["validation_data"] = split_samples(x, y, share)
        steps, shuffle = options.get("steps_per_epoch"), options.get("shuffle", True)
        x = UntunedArrays(x, y, batch_size=size, steps=steps, shuffle=shuffle)
        y, options["validation_split"] = None, 0.0
    if options.get("validation_data") is not None:
        held_out = keras.utils.unpack_x_y_sample_weight(options["validation_data"])
        options["validation_data"] = evaluation_batches(
            *held_out[:2],
            options.get("validation_batch_size") or size,
            options.get("validation_steps"),
        )
    return x, y, options


def evaluation_batches(x, y, batch_size=None, steps=None):
    """Returns arrays to evaluate as `UntunedArrays`, and no second part.

    Args:
        x: As in `fit_batches`.
        y: As in `fit_batches`.
        batch_size: Integer or `None`, as in `keras.Model.evaluate`.
        steps: Integer or `None`, as in `keras.Model.evaluate`.

    Returns:
        Tuple of `x` and `y`.
    """
    if not _are_arrays(x, y):
        return x, y
    return UntunedArrays(x, y, batch_size=batch_size, steps=steps), None


def _are_arrays(x, y):
    parts = [x] if y is None else [x, y]
    return all(isinstance(part, np.ndarray) or tf.is_tensor(part) for part in parts)
