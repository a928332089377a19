import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.planning.trajectories import (
    cross_entropy_method as function,
)
from keras_rlgen.planning.trajectories import (
    path_integral,
)

TARGET = np.array([[[0.5], [-0.25]], [[0.9], [2.0]]], "float32")


def evaluate(actions, seed):
    return -tf.reduce_sum((actions - TARGET[:, None]) ** 2, axis=[2, 3])


def test_examples():
    import keras_rlgen.planning.trajectories as package

    for name in "cross_entropy_method", "path_integral", "simulated_returns":
        module = __import__(f"{package.__name__}.{name}", fromlist=[name])
        assert doctest.testmod(module).failed == 0


def test_it_finds_the_best_sequence_within_the_bounds():
    run = tf.function(
        lambda seed: function(evaluate, tf.zeros((2, 2, 1)), 1.0, -1.0, 1.0, seed),
        autograph=False,
    )
    best = run(tf.constant([0, 1]))
    np.testing.assert_allclose(best, np.minimum(TARGET, 1.0), atol=0.1)
    np.testing.assert_array_equal(best, run(tf.constant([0, 1])))
    assert (best != run(tf.constant([0, 2]))).numpy().any()


def test_one_iteration_is_the_mean_of_the_best():
    seen = []

    def spy(actions, seed):
        seen.append(actions.numpy())
        return evaluate(actions, seed)

    with_momentum = function(
        spy,
        np.full((2, 2, 1), 0.5),
        0.3,
        -1.0,
        1.0,
        (0, 1),
        population=10,
        iterations=1,
        elites=2,
        momentum=0.25,
    )
    values = -np.sum((seen[0] - TARGET[:, None]) ** 2, axis=(2, 3))
    best = np.argsort(-values, axis=1)[:, :2, None, None]
    chosen = np.take_along_axis(seen[0], best, axis=1).mean(axis=1)
    np.testing.assert_allclose(with_momentum, 0.25 * 0.5 + 0.75 * chosen, rtol=1e-5)


def test_values_that_are_not_finite_are_never_best():
    def partly(actions, seed):
        return tf.where(actions[:, :, 0, 0] > 0.0, np.nan, actions[:, :, 0, 0])

    for optimize in function, path_integral:
        best = optimize(partly, tf.zeros((1, 1, 1)), 1.0, -1.0, 1.0, (0, 1))
        assert -0.8 < best[0, 0, 0] <= 0.0


@pytest.mark.parametrize(
    "arguments", [{"elites": 0}, {"elites": 201}, {"iterations": 0}, {"momentum": 1.0}]
)
def test_errors(arguments):
    with pytest.raises(ValueError, match="1 <= elites <= population"):
        function(evaluate, tf.zeros((2, 2, 1)), 1.0, -1.0, 1.0, (0, 1), **arguments)
