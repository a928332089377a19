import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.estimators import ScoreFunction
from tests.estimators import problems


def test_a_loss_in_numpy():
    estimator = ScoreFunction(2, "rloo")
    logits = tf.constant(np.stack([problems.LOGITS, -problems.LOGITS]))
    posterior = problems.codes_posterior(logits)
    latents = estimator.draw(posterior, tf.constant([1, 2]))
    values = np.array([[1.0, 3.0], [2.0, -2.0]], "float32")
    draws = problems.draws_of(posterior, latents, tf.constant(values))
    loss, logs = estimator.loss(draws, None, None, None)

    advantages = values - values[:, ::-1]
    total = 0.0
    for row in range(2):
        for column in range(2):
            policy = problems.softmax(logits[row].numpy())
            chosen = (policy * latents[column, row].numpy()).sum(-1)
            total -= advantages[row, column] * np.log(chosen).sum()
    assert float(loss) == pytest.approx(total / 4, rel=1e-5)
    assert float(logs["advantage_std"]) == pytest.approx(advantages.std())
    assert float(logs["baseline_loss"]) == pytest.approx((advantages**2).mean())


def test_its_baseline_learns_the_values():
    estimator = ScoreFunction(2, "critic")
    samples = tf.constant([[1.0], [2.0]])
    estimator.prepare(None, samples, None, None, 1.0)
    posterior = problems.codes_posterior(tf.zeros((2, 2, 3)))
    latents = estimator.draw(posterior, tf.constant([0, 1]))
    draws = problems.draws_of(posterior, latents, tf.constant([[4.0, 4.0], [6.0, 6.0]]))
    draws = draws._replace(samples=samples)

    learn = tf.function(lambda: estimator.learn(draws, None))
    for _ in range(300):
        learn()
    values = estimator.baseline.values(tf.zeros((2, 1)), samples)
    np.testing.assert_allclose(values, [[4.0], [6.0]], atol=0.3)


def test_errors():
    with pytest.raises(ValueError, match="num_samples=1. Use at least 2"):
        ScoreFunction(1)
    with pytest.raises(ValueError, match="'analytic' or 'sampled'. Received: kl='no'"):
        ScoreFunction(kl="no")
    with pytest.raises(ValueError, match="Unknown baseline: 'best'"):
        ScoreFunction(baseline="best")
