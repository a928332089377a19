"""Samples as users give them: one array, or a list of single samples."""

import keras
import numpy as np
import tensorflow as tf


def is_symbolic(value):
    """Returns whether a value is a tensor of a graph, whose elements are unknown."""
    return isinstance(value, keras.KerasTensor) or (
        tf.is_tensor(value) and hasattr(value, "graph")
    )


def as_samples(samples, sample_shape):
    """Returns samples as one array, also those given as a list of single samples.

    Keras takes a list for several inputs of a model, and would take the rows of the
    first image for samples.

    Args:
        samples: Array or tensor `(num_samples, *sample_shape)`; a list or tuple of
            arrays `sample_shape`; or a data set, which is returned unchanged.
        sample_shape: Tuple, the shape of one sample.

    Returns:
        Array or tensor, or the data set.

    Raises:
        ValueError: If it is a list of something else than samples, or a dict.

    Example:

    >>> as_samples([np.zeros((2, 2)), np.ones((2, 2))], (2, 2)).shape
    (2, 2, 2)
    """
    if isinstance(samples, dict):
        raise ValueError(
            "Expected real samples as one array (num_samples, "
            f"{_listed(sample_shape)}). Received: a dict with the keys "
            f"{sorted(map(str, samples))}. Give one of its arrays: "
            "`samples['images']`, or `np.stack(list(samples.values()))`."
        )
    if not isinstance(samples, (list, tuple)):
        return samples
    if len(samples) == 1 and _shape(samples[0])[1:] == tuple(sample_shape):
        return samples[0]  # As a data set has it, `(x,)`.
    shapes = list(dict.fromkeys(_shape(sample) for sample in samples))
    if len(shapes) == 1 and shapes[0] == tuple(sample_shape):
        return np.stack([np.asarray(sample) for sample in samples])
    if len(shapes) == 1 and shapes[0] and shapes[0][1:] == tuple(sample_shape):
        remedy = "These are batches: join them by `np.concatenate(samples)`."
    else:
        remedy = "Stack single samples by `np.stack(samples)`."
    raise ValueError(
        f"Expected real samples as one array (num_samples, {_listed(sample_shape)}), "
        f"or a list of arrays {tuple(sample_shape)}. Received: a "
        f"{type(samples).__name__} of {len(samples)}, of the shapes {shapes[:3]}. "
        f"{remedy}"
    )


def _shape(sample):
    try:
        return tuple(np.shape(sample))
    except ValueError:
        return ()


def _listed(shape):
    return ", ".join(map(str, shape))
