import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import baselines, losses

LOGITS = tf.constant([0.3, -0.8, 0.5])
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum()
REWARDS = np.array([4.0, -1.0, 2.5])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_mean_of_the_others(jit_compile):
    baseline = baselines.LeaveOneOut()
    values = tf.function(baseline.values, jit_compile=jit_compile)(
        tf.constant([[1.0, 2.0, 6.0], [0.0, -3.0, 0.0]]), tf.zeros((6, 2))
    )
    assert values.dtype == tf.float32
    np.testing.assert_allclose(values, [[4.0, 3.5, 1.5], [-1.5, 0.0, -1.5]])


def gradient(classes, baseline):
    """The policy gradient of one group of choices."""
    rewards = tf.constant(REWARDS[list(classes)][np.newaxis], tf.float32)
    advantages = rewards - baseline.values(rewards, tf.zeros((len(classes), 1)))
    with tf.GradientTape() as tape:
        tape.watch(LOGITS)
        log_probs = tf.gather(tf.nn.log_softmax(LOGITS), classes)
        loss = losses.policy_gradient_loss(log_probs, advantages[0])
    return tape.gradient(loss, LOGITS).numpy()


def test_unbiased_over_all_groups_of_three_and_of_less_variance():
    # d/dlogit_j -E[r] = -p_j (r_j - E[r]).
    exact = -PROBABILITIES * (REWARDS - PROBABILITIES @ REWARDS)
    spread = {}
    for baseline in (baselines.LeaveOneOut(), baselines.Baseline()):
        groups = list(itertools.product(range(3), repeat=3))
        weights = [np.prod(PROBABILITIES[list(group)]) for group in groups]
        gradients = np.array([gradient(group, baseline) for group in groups])
        np.testing.assert_allclose(weights @ gradients, exact, rtol=1e-4, atol=1e-6)
        spread[type(baseline)] = weights @ np.square(gradients - exact).sum(axis=1)
    assert spread[baselines.LeaveOneOut] < spread[baselines.Baseline]


def test_equal_rewards_leave_no_advantage():
    rewards = tf.ones((3, 5))
    np.testing.assert_array_equal(
        baselines.LeaveOneOut().values(rewards, tf.zeros((15, 1))), rewards
    )


def test_a_single_sample_is_refused():
    with pytest.raises(ValueError, match="at least two samples") as error:
        baselines.LeaveOneOut().values(tf.zeros((4, 1)), tf.zeros((4, 2)))
    assert "Received rewards of shape (4, 1)" in str(error.value)


def test_config_round_trip():
    config = keras.saving.serialize_keras_object(baselines.LeaveOneOut(name="others"))
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is baselines.LeaveOneOut and restored.name == "others"
