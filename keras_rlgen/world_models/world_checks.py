"""Checks of what a `WorldModel` is given."""

import tensorflow as tf

from keras_rlgen.arguments import is_integer


def check_observation(spec):
    """Raises `ValueError` unless a spec is that of one array of floats.

    Args:
        spec: Spec, or nest of specs.
    """
    is_one = hasattr(spec, "shape") and hasattr(spec, "dtype")
    if not is_one or not tf.as_dtype(spec.dtype).is_floating or not len(spec.shape):
        raise ValueError(
            "Expected an observation of one array of floats, at least of one axis. "
            f"Received: {spec}. Make one of several by a wrapper of the environment."
        )


def check_counts(**values):
    """Raises `ValueError` unless all arguments are integers of at least 1."""
    for name, value in values.items():
        if not is_integer(value) or value < 1:
            raise ValueError(
                f"Expected `{name}` to be a positive integer. Received: {value!r}"
            )


def checked_experience(experience, specs, name):
    """Returns experience that fits specs.

    Args:
        experience: `Experience`.
        specs: Pair of specs, of one observation and one action.
        name: String, the argument.

    Raises:
        TypeError: If it is none.
        ValueError: If it does not fit.
    """
    if not hasattr(experience, "transitions") or isinstance(experience, type):
        raise TypeError(
            f"Expected `{name}` to be an `Experience`. Received: {experience!r} of "
            f"type {type(experience).__name__}"
        )
    experience.check(*specs)
    return experience
