import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import losses

RANDOM = np.random.default_rng(0)
MEANS, PRIOR_MEANS = RANDOM.normal(size=(2, 3, 2))
LOG_VARIANCES, PRIOR_LOG_VARIANCES = RANDOM.normal(size=(2, 3, 2))


def log_normal(x, mean, log_variance):
    return -0.5 * (
        np.log(2.0 * np.pi) + log_variance + (x - mean) ** 2 / np.exp(log_variance)
    )


@pytest.mark.parametrize("prior", [(0.0, 0.0), (PRIOR_MEANS, PRIOR_LOG_VARIANCES)])
def test_gaussian_kl_is_the_integral(prior):
    grid = np.linspace(-30.0, 30.0, 60_001)[:, None, None]
    log_q = log_normal(grid, MEANS, LOG_VARIANCES)
    integrand = np.exp(log_q) * (log_q - log_normal(grid, *prior))
    expected = np.trapezoid(integrand, dx=0.001, axis=0)
    kl = losses.gaussian_kl(MEANS, LOG_VARIANCES, *prior)
    assert kl.dtype == tf.float32
    np.testing.assert_allclose(kl, expected, rtol=1e-4)


def test_a_distribution_does_not_diverge_from_itself():
    kl = losses.gaussian_kl(MEANS, LOG_VARIANCES, MEANS, LOG_VARIANCES)
    np.testing.assert_array_equal(kl, 0.0)
    # Almost the same: 1/4 of the squared difference of the log-variances.
    near = float(losses.gaussian_kl(0.0, 1e-3))
    assert near == pytest.approx(0.25e-6, rel=1e-3)


@pytest.mark.parametrize("with_prior", [False, True])
def test_categorical_kl_is_the_sum(with_prior):
    logits = RANDOM.normal(size=(3, 2, 4))
    prior_logits = RANDOM.normal(size=(2, 4)) if with_prior else np.zeros((2, 4))
    kl = losses.categorical_kl(logits, prior_logits if with_prior else None)
    for n in range(3):
        for i in range(2):
            q = np.exp(logits[n, i]) / np.exp(logits[n, i]).sum()
            p = np.exp(prior_logits[i]) / np.exp(prior_logits[i]).sum()
            expected = sum(q[k] * np.log(q[k] / p[k]) for k in range(4))
            assert float(kl[n, i]) == pytest.approx(expected, rel=1e-4)


def test_free_bits_is_the_formula():
    kl = np.abs(RANDOM.normal(size=(5, 3)))
    expected = sum(max(0.7, kl[:, j].mean()) for j in range(3))
    assert float(losses.free_bits(kl, 0.7)) == pytest.approx(expected, rel=1e-5)


def test_free_bits_leaves_idle_latents_alone():
    kl = tf.constant([[0.1, 2.0], [0.3, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(kl)
        value = losses.free_bits(kl, 0.5)
    np.testing.assert_allclose(tape.gradient(value, kl), [[0.0, 0.5]] * 2)


def test_importance_weighted_bound_is_the_formula():
    log_weights = RANDOM.normal(size=(4, 3))
    expected = [np.log(np.mean(np.exp(log_weights[:, n]))) for n in range(3)]
    bound = losses.importance_weighted_bound(log_weights)
    np.testing.assert_allclose(bound, expected, rtol=1e-5)
    # Weights too small for a float32.
    shifted = losses.importance_weighted_bound(log_weights - 1000.0)
    np.testing.assert_allclose(shifted, np.array(expected) - 1000.0, rtol=1e-6)
