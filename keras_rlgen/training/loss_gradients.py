"""Gradients, of which XLA computes the matrix products fast on a CPU."""

import tensorflow as tf
from tensorflow.compiler.tf2xla.python import xla
from tensorflow.python.ops import control_flow_util

_GRADIENT_NAME = "KerasRlgenMatMul"


def loss_gradients(loss_function, variables):
    """Returns a loss and its gradients.

    The gradient of a dense layer has two products of which one factor is transposed.
    XLA's compiler for CPUs merges the transposition into the product, whose kernel is
    then half as fast as that of a plain product of such small matrices. Compiled with
    XLA on a CPU, the factor is therefore transposed before, in memory; anywhere else
    this is `tf.GradientTape`.

    Args:
        loss_function: Function without arguments that returns a tuple of a scalar and
            anything else.
        variables: List of `tf.Variable`.

    Returns:
        Tuple of what `loss_function` returns, and a list of gradients, tensors or
        `None`.

    Example:

    >>> w = tf.Variable([[2.0]])
    >>> (loss, _), gradients = loss_gradients(lambda: (tf.reduce_sum(w @ w), ()), [w])
    >>> gradients[0].numpy()
    array([[4.]], dtype=float32)
    """
    graph = tf.compat.v1.get_default_graph()
    if (
        tf.executing_eagerly()
        or not control_flow_util.GraphOrParentsInXlaContext(graph)
        or tf.config.list_logical_devices("GPU")
    ):
        with tf.GradientTape() as tape:
            result = loss_function()
        return result, tape.gradient(result[0], variables)
    with graph.gradient_override_map({"MatMul": _GRADIENT_NAME}):
        result = loss_function()
    return result, tf.gradients(result[0], variables)


@tf.RegisterGradient(_GRADIENT_NAME)
def _matmul_gradient(op, gradient):
    is_transposed = [op.get_attr(f"transpose_{name}") for name in "ab"]
    a, b = map(_transposed_if, is_transposed, op.inputs)
    of_a = tf.matmul(gradient, _transposed_before(b))
    of_b = tf.matmul(_transposed_before(a), gradient)
    return tuple(map(_transposed_if, is_transposed, (of_a, of_b)))


def _transposed_if(condition, matrix):
    return tf.transpose(matrix) if condition else matrix


def _transposed_before(matrix):
    """Transposes a matrix in memory; XLA merges nothing across a barrier."""
    [transposed] = xla.optimization_barrier(tf.transpose(matrix, conjugate=True))
    return transposed
