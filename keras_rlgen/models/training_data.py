"""Checks of what `fit` and `evaluate` are given: its kind, and whether it ends."""

import math

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.models.data_checks import num_batches

LOADERS = "torch.utils.data", "grain"
STEPS = {
    "fit": "steps_per_epoch",
    "evaluate": "steps",
    "validation": "validation_steps",
}


def check_kind(samples, condition, method):
    """Raises an error unless real samples are an array, or batches that Keras takes.

    Args:
        samples: What was given as real samples, after `as_samples`.
        condition: What was given beside them, or `None`.
        method: String, the method that takes them.

    Raises:
        TypeError: If it is something else, such as a Python generator, which is over
            after one epoch, or a class.
        ValueError: If a data set has its conditions beside it.

    Example:

    >>> check_kind("images", None, "fit")
    Traceback (most recent call last):
    ...
    TypeError: `fit()` expected real samples: an array, a list of arrays of one...
    """
    if is_array(samples):
        return
    if not _is_batches(samples):
        raise TypeError(
            f"`{method}()` expected real samples: an array, a list of arrays of one "
            "sample each, or a `tf.data.Dataset` or `PyDataset` of batches (of a "
            "Python generator: `tf.data.Dataset.from_generator`). Received: "
            f"{_short(samples)}"
        )
    if condition is not None:
        raise ValueError(
            f"`{method}()` expected a data set of (samples, condition) as its only "
            f"data. Received: a {type(samples).__name__} and `y` beside it. Use "
            "`tf.data.Dataset.zip`."
        )


def check_ends(samples, steps, method):
    """Raises an error for an endless data set without a number of steps.

    Args:
        samples: Array or data set.
        steps: Integer, the number of steps, or `None` for all.
        method: `"fit"`, `"evaluate"` or `"validation"`.

    Raises:
        ValueError: If an epoch would never end.

    Example:

    >>> check_ends(tf.data.Dataset.range(3).repeat(), None, "fit")
    Traceback (most recent call last):
    ...
    ValueError: Expected `steps_per_epoch` for a data set without an end: an epoch ...
    """
    if steps is not None:
        return
    if isinstance(samples, tf.data.Dataset):
        endless = int(samples.cardinality()) == tf.data.INFINITE_CARDINALITY
    else:
        endless = (
            isinstance(samples, keras.utils.PyDataset) and num_batches(samples) is None
        )
    if endless:
        raise ValueError(
            f"Expected `{STEPS[method]}` for a data set without an end: an epoch of it "
            "would never end. Received: None. Give the number of batches, or leave out "
            "`repeat()`."
        )


def check_split(samples, split):
    """Raises an error if `validation_split` leaves nothing to train on, or to validate.

    Args:
        samples: Array or data set.
        split: Float in [0, 1), or `None`.

    Raises:
        ValueError: If it does, or the samples are a data set.

    Example:

    >>> check_split([[1.0]], 0.5)
    Traceback (most recent call last):
    ...
    ValueError: Expected at least one sample on both sides of `validation_split`. ...
    """
    if not split:
        return
    if isinstance(samples, (tf.data.Dataset, keras.utils.PyDataset)):
        raise ValueError(
            "Expected an array with `validation_split`. Received: a "
            f"{type(samples).__name__}. Use its `take` and `skip`, and "
            "`validation_data`."
        )
    count = len(samples)
    if not 0 < math.floor(count * (1.0 - split)) < count:
        raise ValueError(
            "Expected at least one sample on both sides of `validation_split`. "
            f"Received: {count} samples and validation_split={split}"
        )


def no_batch_error(samples, method):
    """Returns the error for a data set that held no batch, which only reading tells.

    Args:
        samples: The data set.
        method: String, the method that read it.
    """
    return ValueError(
        f"`{method}()` expected at least one batch of real samples. The data set held "
        f"none. Received: {_short(samples)}. Look at what it is filtered by, or "
        "whether its generator is used up."
    )


def unpacked(batch):
    """Returns the samples, condition and weights of a batch, or `None` for each.

    Args:
        batch: Samples, or a tuple of one to three of these.

    Raises:
        ValueError: If it is a tuple of more, or of none.

    Example:

    >>> unpacked(("samples", "labels"))
    ('samples', 'labels', None)
    """
    if isinstance(batch, (list, tuple)) and not 1 <= len(batch) <= 3:
        raise ValueError(
            "Expected batches of real samples, or of (samples, condition). Received: "
            f"a {type(batch).__name__} of {len(batch)}. Choose these: "
            "`data.map(lambda x, y, *others: (x, y))`."
        )
    return keras.utils.unpack_x_y_sample_weight(batch)


def first_batch(samples, method):
    """Returns the first batch of a data set, unpacked.

    Args:
        samples: Data set.
        method: String, the method that reads it.

    Raises:
        ValueError: If it holds none, or is no tuple of up to three.
    """
    if isinstance(samples, keras.utils.PyDataset):
        return unpacked(samples[0])
    for batch in samples:
        return unpacked(batch)
    raise no_batch_error(samples, method)


def as_array(condition):
    """Returns a condition as Keras takes it: a list as an array.

    Keras takes a list for several outputs of a model.

    Args:
        condition: Array, tensor, list or `None`.

    Example:

    >>> as_array([3, 1])
    array([3, 1])
    """
    is_list = isinstance(condition, (list, tuple))
    return np.asarray(condition) if is_list else condition


def is_array(samples):
    """Returns whether a value is an array or tensor, of any library.

    Args:
        samples: Any value.

    Example:

    >>> is_array(np.zeros(3)), is_array(np.ndarray), is_array("images")
    (True, False, False)
    """
    return hasattr(samples, "shape") and not isinstance(samples, (type, keras.Layer))


def _is_batches(samples):
    kinds = tf.data.Dataset, keras.utils.PyDataset, tf.distribute.DistributedDataset
    if isinstance(samples, kinds):
        return True
    bases = type(samples).__mro__
    return any(base.__module__.startswith(LOADERS) for base in bases)


def _short(value):
    text = repr(value)
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return f"{text} of type {type(value).__name__}"
