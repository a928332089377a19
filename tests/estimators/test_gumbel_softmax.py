import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.estimators import GumbelSoftmax
from tests.estimators import problems


def test_codes_harden_as_the_temperature_falls():
    posterior = problems.codes_posterior(tf.constant(problems.LOGITS)[None])
    soft, hard = (
        GumbelSoftmax(500, t).draw(posterior, tf.constant([1, 2])).numpy()[:, 0]
        for t in (1.0, 1e-3)
    )
    np.testing.assert_allclose(soft.sum(-1), 1.0, rtol=1e-5)
    assert soft.max(-1).mean() < 0.8 < 0.99 < hard.max(-1).mean()
    # The frequencies of hard codes are the posterior's, within four standard errors.
    policy = problems.softmax(problems.LOGITS)
    error = np.sqrt(policy * (1 - policy) / 500)
    assert (np.abs(hard.mean(0) - policy) < 4 * error).all()


def test_a_schedule_counts_updates():
    schedule = keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    estimator = GumbelSoftmax(temperature=schedule)
    assert float(estimator.current_temperature()) == 1.0
    estimator.learn(None, None)
    assert float(estimator.current_temperature()) == 0.5


def test_errors():
    with pytest.raises(ValueError, match="`temperature` > 0. Received: temperature=0"):
        GumbelSoftmax(temperature=0.0)
