import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from keras_rlgen.distributions.logit_bernoulli import LogitBernoulli

LOGITS = tf.constant([-80.0, -3.0, -0.5, 0.0, 1e-3, 2.0, 90.0])


def with_gradient(kind, events):
    with tf.GradientTape() as tape:
        tape.watch(LOGITS)
        log_probs = kind(logits=LOGITS, dtype=tf.float32).log_prob(events)
    return log_probs, tape.gradient(log_probs, LOGITS)


@pytest.mark.parametrize("events", [0.0, 1.0, 0.25])
def test_it_agrees_with_tensorflow_probability(events):
    events = tf.fill(LOGITS.shape, events)
    ours, theirs = (with_gradient(k, events) for k in (LogitBernoulli, tfd.Bernoulli))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)


def test_the_second_derivative_is_that_of_a_sigmoid():
    with tf.GradientTape() as outer:
        outer.watch(LOGITS)
        gradient = with_gradient(LogitBernoulli, tf.ones(LOGITS.shape))[1]
    curvature = -tf.sigmoid(LOGITS) * tf.sigmoid(-LOGITS)
    second = outer.gradient(gradient, LOGITS)
    np.testing.assert_allclose(second, curvature, atol=1e-6)


def test_events_broadcast_with_logits():
    distribution = LogitBernoulli(logits=LOGITS, dtype=tf.float32)
    assert distribution.log_prob(tf.zeros((3, 1))).shape == (3, 7)
