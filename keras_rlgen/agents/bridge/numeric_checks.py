"""Disables TF-Agents' checks for NaN, which `HealthMonitor` replaces."""

import contextlib

import tensorflow as tf


@contextlib.contextmanager
def without_numeric_checks():
    """Disables `tf.debugging.check_numerics` in what is traced in this context.

    Agents of TF-Agents call it on their losses. It raises in the middle of a round,
    with only some of its updates applied; under XLA, it does nothing.

    Example:

    >>> with without_numeric_checks():
    ...     loss = tf.debugging.check_numerics(tf.constant(float("nan")), "loss")
    >>> float(loss)
    nan
    """
    check_numerics = tf.debugging.check_numerics
    tf.debugging.check_numerics = lambda tensor, message, name=None: tensor
    try:
        yield
    finally:
        tf.debugging.check_numerics = check_numerics
