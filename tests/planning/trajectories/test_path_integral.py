import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.planning.trajectories import path_integral
from tests.planning.trajectories.test_cross_entropy_method import TARGET, evaluate


@pytest.mark.parametrize("temperature", [0.0, 0.5])
def test_the_weighted_average_by_hand(temperature):
    seen = []

    def spy(actions, seed):
        seen.append(actions.numpy())
        return evaluate(actions, seed)

    result = path_integral(
        spy,
        tf.zeros((2, 2, 1)),
        0.5,
        -1.0,
        1.0,
        (0, 1),
        population=20,
        temperature=temperature,
    )
    values = -np.sum((seen[0] - TARGET[:, None]) ** 2, axis=(2, 3))
    if temperature:
        weights = np.exp(values / temperature)
    else:
        weights = (values == values.max(axis=1, keepdims=True)).astype(float)
    weights /= weights.sum(axis=1, keepdims=True)
    expected = np.einsum("bp,bphd->bhd", weights, seen[0])
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-6)


def test_iterations_approach_the_best():
    arguments = tf.zeros((2, 2, 1)), 0.5, -1.0, 1.0, (0, 1)
    errors = [
        np.abs(
            path_integral(evaluate, *arguments, iterations=count, temperature=0.01)
            - np.minimum(TARGET, 1.0)
        ).max()
        for count in (1, 6)
    ]
    assert errors[1] < 0.2 and errors[1] < errors[0]


@pytest.mark.parametrize(
    "arguments", [{"population": 0}, {"iterations": 0}, {"temperature": -1.0}]
)
def test_errors(arguments):
    with pytest.raises(ValueError, match="temperature >= 0"):
        path_integral(evaluate, tf.zeros((2, 2, 1)), 1.0, -1, 1, (0, 1), **arguments)
