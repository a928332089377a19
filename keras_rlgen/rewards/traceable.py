"""Finds out whether a plain function is made of TensorFlow operations."""

import contextlib

import tensorflow as tf


def is_traceable(function, *arguments):
    """Returns whether a function of tensors can be part of a graph.

    It is traced for batches of any size. It cannot be part of a graph if that fails, as
    where it calls NumPy, or if the result does not depend on the tensors: a graph would
    repeat the values of one call.

    Args:
        function: Callable.
        *arguments: Nests of tensors or arrays `(batch, ...)`.

    Example:

    >>> import numpy as np
    >>> samples = tf.zeros((2, 3))
    >>> is_traceable(lambda samples: tf.reduce_sum(samples, axis=1), samples)
    True
    >>> is_traceable(lambda samples: np.sum(samples, axis=1), samples)
    False
    """
    arguments = tf.nest.map_structure(tf.convert_to_tensor, arguments)
    if tf.executing_eagerly():
        # Models inside of the function make their weights.
        with contextlib.suppress(Exception):
            function(*arguments)
    specs = tf.nest.map_structure(
        lambda x: tf.TensorSpec((None, *x.shape[1:]), x.dtype), arguments
    )
    traced = tf.function(lambda *args: function(*args), autograph=False)
    try:
        with tf.init_scope():
            graph = traced.get_concrete_function(*specs).graph
    except Exception:  # Whatever it raises, it cannot be traced.
        return False
    sources = {x.op for x in graph.inputs[: len(tf.nest.flatten(specs))]}
    return any(_depends_on(x.op, sources) for x in graph.outputs)


def _depends_on(operation, sources):
    seen, remaining = set(), [operation]
    while remaining:
        operation = remaining.pop()
        if operation in sources:
            return True
        if operation not in seen:
            seen.add(operation)
            remaining += [x.op for x in operation.inputs]
            remaining += operation.control_inputs
    return False
