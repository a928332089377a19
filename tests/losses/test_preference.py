import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import losses
from keras_rlgen.losses import best_and_worst, preference, preference_loss

CHOSEN, REJECTED = np.random.default_rng(0).normal(size=(2, 6))


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_loss_and_gradient_in_closed_form(smoothing):
    """Equation 7, and the gradient below it, of the paper."""
    beta = 0.7
    chosen = tf.Variable(CHOSEN, dtype=tf.float32)
    rejected = tf.Variable(REJECTED, dtype=tf.float32)
    with tf.GradientTape() as tape:
        loss = preference_loss(chosen, rejected, beta, label_smoothing=smoothing)
    gradients = tape.gradient(loss, [chosen, rejected])
    margins = beta * (CHOSEN - REJECTED)
    expected = np.mean(
        -(1.0 - smoothing) * np.log(sigmoid(margins))
        - smoothing * np.log(sigmoid(-margins))
    )
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    slope = -beta * (
        (1.0 - smoothing) * sigmoid(-margins) - smoothing * sigmoid(margins)
    )
    np.testing.assert_allclose(gradients[0], slope / 6, rtol=1e-4)
    np.testing.assert_allclose(gradients[1], -slope / 6, rtol=1e-4)


def test_pairs_are_weighted():
    weights = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    loss = preference_loss(CHOSEN, REJECTED, 0.5, weights)
    expected = preference_loss(CHOSEN[[0, 2]], REJECTED[[0, 2]], 0.5)
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    assert float(preference_loss(CHOSEN, REJECTED, 0.5, 0.0 * weights)) == 0.0


def test_best_and_worst_of_each_group():
    rewards = [[0.0, 2.0, 1.0, 2.0], [3.0, 3.0, 3.0, 3.0], [-1.0, -5.0, -2.0, 0.0]]
    expected = [[-1, 1, 0, 0], [0, 0, 0, 0], [0, -1, 0, 1]]
    np.testing.assert_array_equal(best_and_worst(rewards), expected)


def test_examples_in_docstrings_run():
    result = doctest.testmod(preference, extraglobs={"tf": tf})
    assert result.attempted > 0 and result.failed == 0


def test_pairs_of_different_numbers():
    with pytest.raises(ValueError, match=r"shapes \(3,\) and \(4,\)"):
        losses.preference_loss([0.0] * 3, [0.0] * 4)
