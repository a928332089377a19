"""`run_eagerly` for all functions that `tf.function` compiles."""

import contextlib

import tensorflow as tf


@contextlib.contextmanager
def eager_functions(run_eagerly):
    """Runs functions compiled by `tf.function` eagerly, op by op, in this context.

    Args:
        run_eagerly: Boolean; if `False`, nothing changes.

    Example:

    >>> function = tf.function(lambda: tf.executing_eagerly())
    >>> with eager_functions(True):
    ...     print(function())
    True
    """
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(run_eagerly or before)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
