"""Validates the arguments of `fit` and `evaluate` that Keras passes on unchecked."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number

WEIGHTS = "sample_weight", "class_weight"
COUNTS = (
    "batch_size",
    "steps_per_epoch",
    "steps",
    "validation_steps",
    "validation_batch_size",
)


def check_fit_arguments(options):
    """Raises an error for arguments that would be ignored, or fail later.

    Args:
        options: Dict of arguments of `keras.Model.fit` or `evaluate`.

    Raises:
        ValueError: If there are weights of samples or classes, which the training of
            generative models and agents does not use, or a value is out of its range.
        TypeError: If `callbacks` holds something else than callbacks.

    Example:

    >>> check_fit_arguments({"batch_size": 32, "epochs": 3, "verbose": 0})
    >>> check_fit_arguments({"epochs": "3"})
    Traceback (most recent call last):
    ...
    ValueError: Expected `epochs` >= 0, an integer. Received: '3'
    """
    for name in WEIGHTS:
        if options.get(name) is not None:
            raise ValueError(_unused_weights(name))
    for name in COUNTS:
        value = options.get(name)
        if value is not None and (not is_integer(value) or value < 1):
            raise ValueError(f"Expected `{name}` >= 1, an integer. Received: {value!r}")
    for name in "epochs", "initial_epoch":
        value = options.get(name, 0)
        if isinstance(value, np.ndarray) or tf.is_tensor(value):
            raise TypeError(
                f"Expected `{name}`, an integer. Received: an array of shape "
                f"{tuple(value.shape)}. Give arguments by name, as in "
                "`fit(epochs=10)`; an agent takes no samples, but `experience=`."
            )
        if not is_integer(value) or value < 0:
            raise ValueError(f"Expected `{name}` >= 0, an integer. Received: {value!r}")
    split = options.get("validation_split")
    split = 0.0 if split is None else split
    if not (is_number(split) and 0.0 <= split < 1.0):
        raise ValueError(f"Expected `validation_split` in [0, 1). Received: {split!r}")
    _check_verbose(options.get("verbose", "auto"))
    _check_frequency(options.get("validation_freq"))
    _check_callbacks(options.get("callbacks"))


def check_no_weights(weights):
    """Raises `ValueError` if a batch of a data set holds weights of samples.

    Args:
        weights: The third part of a batch, or `None`.
    """
    if weights is not None:
        raise ValueError(_unused_weights("sample_weight"))


def _unused_weights(name):
    return (
        f"Training does not use `{name}`: the losses of generative models are means "
        "over equal samples. Leave it out. To weight samples, repeat them, or draw "
        "them by their weights: `tf.data.Dataset.sample_from_datasets`."
    )


def _check_verbose(verbose):
    if verbose not in (0, 1, 2, "auto"):
        raise ValueError(
            "Expected `verbose` to be 0 (silent), 1 (a progress bar), 2 (a line an "
            f"epoch) or 'auto'. Received: {verbose!r}"
        )


def _check_frequency(frequency):
    if frequency is None:
        return
    epochs = [frequency] if is_number(frequency) else frequency
    valid = isinstance(epochs, (list, tuple, set, range)) and all(
        is_integer(epoch) and epoch >= 1 for epoch in epochs
    )
    if not valid:
        raise ValueError(
            "Expected `validation_freq` to be an integer >= 1, or a list of epochs, "
            f"counted from 1. Received: {frequency!r}"
        )


def _check_callbacks(callbacks):
    if callbacks is None or isinstance(callbacks, keras.callbacks.CallbackList):
        return
    several = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    for callback in several:
        if not isinstance(callback, keras.callbacks.Callback):
            raise TypeError(
                "Expected `callbacks` to be a list of `keras.callbacks.Callback`. "
                f"Received: {callback!r} of type {type(callback).__name__}. Call the "
                "class, and inherit from `keras.callbacks.Callback`."
            )
