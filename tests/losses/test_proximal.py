import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.losses import proximal
from keras_rlgen.losses.policy import policy_gradient_loss
from keras_rlgen.losses.proximal import (
    clip_fraction,
    clipped_surrogate_loss,
    group_relative_advantages,
)

RANDOM = np.random.default_rng(0)
LOG_PROBS, OLD, ADVANTAGES = RANDOM.normal(size=(3, 20)).astype("float32")


def slow_loss(clip_ratio):
    """Equation 7 of the paper, sample by sample."""
    total = 0.0
    for new, old, advantage in zip(LOG_PROBS, OLD, ADVANTAGES, strict=True):
        ratio = np.exp(new) / np.exp(old)
        clipped = min(max(ratio, 1.0 - clip_ratio), 1.0 + clip_ratio)
        total += min(ratio * advantage, clipped * advantage)
    return -total / len(OLD)


@pytest.mark.parametrize("clip_ratio", [0.1, 0.5])
def test_loss_in_numpy(clip_ratio):
    loss = clipped_surrogate_loss(LOG_PROBS, OLD, ADVANTAGES, clip_ratio)
    assert float(loss) == pytest.approx(slow_loss(clip_ratio), rel=1e-5)


def test_share_of_clipped_ratios_in_numpy():
    ratios = np.exp(LOG_PROBS - OLD)
    expected = np.mean([ratio < 0.8 or ratio > 1.2 for ratio in ratios])
    assert 0.0 < expected < 1.0
    assert float(clip_fraction(LOG_PROBS, OLD, 0.2)) == pytest.approx(expected)


def gradient(loss):
    log_probs = tf.Variable(LOG_PROBS)
    with tf.GradientTape() as tape:
        value = loss(log_probs)
    return tape.gradient(value, log_probs).numpy()


def test_the_first_gradient_is_that_of_reinforce():
    first = gradient(lambda new: clipped_surrogate_loss(new, LOG_PROBS, ADVANTAGES))
    expected = gradient(lambda new: policy_gradient_loss(new, ADVANTAGES))
    np.testing.assert_allclose(first, expected, rtol=1e-5)


def test_no_gain_is_left_beyond_the_clip():
    ratios = np.exp(LOG_PROBS - OLD)
    gained = np.where(ADVANTAGES > 0.0, ratios > 1.2, ratios < 0.8)
    assert 0 < gained.sum() < len(gained)
    slopes = gradient(lambda new: clipped_surrogate_loss(new, OLD, ADVANTAGES))
    np.testing.assert_array_equal(slopes == 0.0, gained)


def test_group_relative_advantages_in_numpy():
    rewards = RANDOM.normal(3.0, 2.0, (4, 5))
    expected = [
        [(r - np.mean(group)) / (np.std(group) + 1e-4) for r in group]
        for group in rewards
    ]
    np.testing.assert_allclose(
        group_relative_advantages(rewards), expected, rtol=1e-4, atol=1e-5
    )


def test_equal_rewards_have_no_advantage():
    assert not group_relative_advantages(tf.fill((2, 3), 7.0)).numpy().any()


def test_examples_in_docstrings_run():
    globs = {"tf": tf}
    result = doctest.testmod(proximal, extraglobs=globs)
    assert result.attempted > 0 and result.failed == 0
