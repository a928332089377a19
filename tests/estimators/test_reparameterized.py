import numpy as np
import tensorflow as tf

from keras_rlgen.estimators import Reparameterized
from tests.estimators import problems


def test_draws_follow_mean_and_scale():
    key = tf.constant([1, 2])
    parameters = tf.constant([[0.3, -0.8, 0.5, 1.2]])
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        draws = Reparameterized(3).draw(problems.normal_posterior(parameters), key)
        total = tf.reduce_sum(draws)
    assert draws.shape == (3, 1, 2)
    noise = (draws.numpy()[:, 0] - problems.MEAN) / problems.SCALE
    expected = np.concatenate([[3.0, 3.0], noise.sum(0)])
    np.testing.assert_allclose(tape.gradient(total, parameters)[0], expected, rtol=1e-5)
