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


# Of the elements of samples

NEW_OF, OLD_OF = 0.3 * RANDOM.normal(size=(2, 5, 4)).astype("float32")
MASK = np.arange(4) < np.array([4, 1, 0, 3, 2])[:, None]


def slow_loss_of_elements(clip_ratio):
    """Equation 12 of DAPO with one clip: a sum over tokens by the number of tokens."""
    total, clipped_ones, count = 0.0, 0, 0
    for row in range(5):
        for step in range(4):
            if not MASK[row, step]:
                continue
            ratio = np.exp(NEW_OF[row, step] - OLD_OF[row, step])
            clipped = min(max(ratio, 1.0 - clip_ratio), 1.0 + clip_ratio)
            total += min(ratio * ADVANTAGES[row], clipped * ADVANTAGES[row])
            clipped_ones += abs(ratio - 1.0) > clip_ratio
            count += 1
    return -total / count, clipped_ones / count


def test_the_loss_of_elements_in_numpy():
    loss, share = slow_loss_of_elements(0.2)
    arguments = NEW_OF, OLD_OF
    computed = clipped_surrogate_loss(*arguments, ADVANTAGES[:5], 0.2, MASK)
    assert float(computed) == pytest.approx(loss, rel=1e-5)
    assert 0.0 < share < 1.0
    assert float(clip_fraction(*arguments, 0.2, MASK)) == pytest.approx(share)


@pytest.mark.parametrize("junk", [-1e4, 1e4])
def test_padding_changes_neither_loss_nor_gradient(junk):
    """Not even where its ratio would overflow."""
    results = []
    for new, old in ((NEW_OF, OLD_OF), (np.where(MASK, NEW_OF, junk), OLD_OF)):
        log_probs = tf.Variable(new, dtype=tf.float32)
        with tf.GradientTape() as tape:
            loss = clipped_surrogate_loss(log_probs, old, ADVANTAGES[:5], 0.2, MASK)
        results.append([loss.numpy(), tape.gradient(loss, log_probs).numpy()])
    assert results[0][0] == results[1][0]
    np.testing.assert_array_equal(results[0][1], results[1][1])
    assert not results[0][1][~MASK].any()


# Options


@pytest.mark.parametrize("aggregation", ["token_mean", "sequence_mean", "constant"])
def test_two_clip_ratios_and_aggregations_in_numpy(aggregation):
    """Equation 8 of DAPO, equation 3 of GRPO without its KL, Dr. GRPO's constant."""
    low, high = 0.1, 0.3
    total, clipped, count = 0.0, 0, MASK.sum()
    for row, step in np.argwhere(MASK):
        ratio = np.exp(NEW_OF[row, step] - OLD_OF[row, step])
        bound = min(max(ratio, 1.0 - low), 1.0 + high)
        gain = min(ratio * ADVANTAGES[row], bound * ADVANTAGES[row])
        length = MASK[row].sum()
        weights = {"token_mean": count, "sequence_mean": 5 * length, "constant": 20}
        total += gain / weights[aggregation]
        clipped += ratio < 1.0 - low or ratio > 1.0 + high
    arguments = NEW_OF, OLD_OF
    loss = clipped_surrogate_loss(
        *arguments, ADVANTAGES[:5], (low, high), MASK, aggregation=aggregation
    )
    assert float(loss) == pytest.approx(-total, rel=1e-5)
    share = clip_fraction(*arguments, (low, high), MASK)
    assert float(share) == pytest.approx(clipped / count)


def test_ratios_of_sequences_in_numpy():
    """Equations 5 to 7 of GSPO; a sample without a step has a ratio of one."""
    total, clipped = 0.0, 0
    for row in range(5):
        steps = np.flatnonzero(MASK[row])
        means = np.mean(NEW_OF[row, steps] - OLD_OF[row, steps]) if len(steps) else 0.0
        ratio = np.exp(means)
        bound = min(max(ratio, 0.95), 1.1)
        total += min(ratio * ADVANTAGES[row], bound * ADVANTAGES[row])
        clipped += ratio < 0.95 or ratio > 1.1
    arguments = {"clip_ratio": (0.05, 0.1), "mask": MASK, "ratio": "sequence"}
    loss = clipped_surrogate_loss(NEW_OF, OLD_OF, ADVANTAGES[:5], **arguments)
    assert float(loss) == pytest.approx(-total / 5, rel=1e-5)
    assert 0 < clipped < 5
    assert float(clip_fraction(NEW_OF, OLD_OF, **arguments)) == pytest.approx(
        clipped / 5
    )


def test_the_first_gradient_of_sequences_is_that_of_the_mean_of_sequences():
    gradients = []
    for loss in (
        lambda new: clipped_surrogate_loss(
            new, NEW_OF, ADVANTAGES[:5], 0.2, MASK, "sequence"
        ),
        lambda new: policy_gradient_loss(new, ADVANTAGES[:5], MASK, "sequence_mean"),
    ):
        log_probs = tf.Variable(NEW_OF)
        with tf.GradientTape() as tape:
            value = loss(log_probs)
        gradients.append(tape.gradient(value, log_probs).numpy())
    np.testing.assert_allclose(*gradients, rtol=1e-5)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"clip_ratio": (0.1, 0.0)}, "`clip_ratio` above zero, or a pair"),
        ({"clip_ratio": (0.1, 0.2, 0.3)}, "`clip_ratio` above zero, or a pair"),
        ({"ratio": "word"}, "Expected `ratio` in"),
        ({"aggregation": "sum"}, "Expected `aggregation` in"),
    ],
)
def test_unknown_options_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        clipped_surrogate_loss(NEW_OF, OLD_OF, ADVANTAGES[:5], mask=MASK, **arguments)


def test_a_ratio_of_sequences_takes_an_advantage_for_each():
    with pytest.raises(ValueError, match="an advantage for each sample"):
        clipped_surrogate_loss(NEW_OF, OLD_OF, NEW_OF, mask=MASK, ratio="sequence")
