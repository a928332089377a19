"""Tests of gradients with matrix products that are fast under XLA."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.training.loss_gradients import loss_gradients


def complex_number(x):
    return tf.complex(x, x * x)


def both(function, *arrays):
    """Returns the gradients of a tape, and those of a compiled `loss_gradients`."""
    variables = [tf.Variable(x) for x in arrays]

    def loss():
        value = tf.reduce_mean(tf.abs(function(*variables)) ** 2)
        return value, {"twice": 2.0 * value}

    with tf.GradientTape() as tape:
        expected = loss()[0]
    compiled = tf.function(lambda: loss_gradients(loss, variables), jit_compile=True)
    (value, logs), gradients = compiled()
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    np.testing.assert_allclose(logs["twice"], 2 * expected, rtol=1e-5)
    return tape.gradient(expected, variables), gradients, compiled


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (tf.matmul, [(5, 3), (3, 4)]),
        (lambda a, b: tf.matmul(a, b, transpose_a=True), [(3, 5), (3, 4)]),
        (lambda a, b: tf.matmul(a, b, transpose_b=True), [(5, 3), (4, 3)]),
        (lambda a, b: tf.matmul(a, b, True, True), [(3, 5), (4, 3)]),
        (lambda a, b: complex_number(a) @ complex_number(b), [(5, 3), (3, 4)]),
        (
            lambda a, b: tf.nn.tanh(tf.nn.relu(a @ b) @ tf.transpose(b)),
            [(5, 3), (3, 4)],
        ),
    ],
)
def test_gradients_of_products_are_those_of_a_tape(function, shapes):
    arrays = [np.random.default_rng(0).normal(size=s).astype("float32") for s in shapes]
    expected, gradients, _ = both(function, *arrays)
    for ours, theirs in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_in_a_loop_of_updates():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    [kernel, _] = variables = [v.value for v in network.trainable_variables]
    x = tf.constant(np.random.default_rng(1).normal(size=(6, 3)), tf.float32)

    def update():
        _, gradients = loss_gradients(
            lambda: (tf.reduce_sum(network(x) ** 2), ()), variables
        )
        for variable, gradient in zip(variables, gradients, strict=True):
            variable.assign_sub(0.01 * gradient)

    def updates():
        return tf.while_loop(lambda i: i < 3, lambda i: (update(), (i + 1,))[1], (0,))

    before = [tf.identity(v) for v in variables]
    results = []
    for function in (tf.function(updates, jit_compile=True), updates):
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        function()
        results.append(kernel.numpy())
    np.testing.assert_allclose(results[0], results[1], rtol=1e-5)
    assert np.abs(results[0] - before[0]).max() > 0.01


def test_the_transposed_factor_is_made_before_the_product():
    weights = np.ones((64, 64), np.float32)
    _, _, compiled = both(lambda a, b: tf.nn.tanh(a @ b), weights, weights)
    assert "opt-barrier" in compiled.experimental_get_compiler_ir()(stage="hlo")


def test_a_variable_without_influence_has_no_gradient():
    used, unused = tf.Variable(2.0), tf.Variable(1.0)

    def gradients():
        return loss_gradients(lambda: (used * used, ()), [used, unused])[1]

    for function in (gradients, tf.function(gradients, jit_compile=True)):
        of_used, of_unused = function()
        assert float(of_used) == 4.0 and of_unused is None
