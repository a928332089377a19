"""Imports TensorFlow without the messages of its C++ code."""

import os


def import_tensorflow_quietly():
    """Imports TensorFlow with the output of its C++ code to stderr suppressed.

    `TF_CPP_MIN_LOG_LEVEL` does not affect messages before logging is set up. Python
    errors are raised as usual. It does nothing where `stderr` is no file.
    """
    try:
        stderr = os.dup(2)
    except OSError:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import tensorflow as tf

        tf.config.list_physical_devices()
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def is_quiet():
    """Returns whether the environment asks for no messages of TensorFlow."""
    return os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "3"
