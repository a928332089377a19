import numpy as np
import tensorflow as tf

from keras_rlgen.estimators import GumbelSoftmax, StraightThrough
from tests.estimators import problems


def test_hard_codes_have_the_gradient_of_soft_ones():
    key = tf.constant([1, 2])
    logits = tf.constant(problems.LOGITS)[None]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        posterior = problems.codes_posterior(logits)
        soft = GumbelSoftmax(2, 0.7).draw(posterior, key)
        hard = StraightThrough(2, 0.7).draw(posterior, key)
        sums = [tf.reduce_sum(codes * problems.VALUES[:2]) for codes in (soft, hard)]
    np.testing.assert_allclose(hard, np.eye(3)[np.argmax(soft, -1)], atol=1e-6)
    gradients = [tape.gradient(s, logits).numpy() for s in sums]
    np.testing.assert_allclose(*gradients, rtol=1e-5)
    assert np.abs(gradients[0]).max() > 0.01
