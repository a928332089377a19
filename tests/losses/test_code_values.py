import numpy as np
import tensorflow as tf

from keras_rlgen.losses.code_values import code_value_targets

RANDOM = np.random.default_rng(0)
TEMPERATURE = 0.7


def test_against_numpy():
    q_values = RANDOM.normal(size=(5, 3, 4)).astype("float32")
    codes = RANDOM.integers(4, size=(5, 3))
    rewards = RANDOM.normal(size=5).astype("float32")
    expected = np.empty((5, 3))
    for n in range(5):
        for i in range(3):
            expected[n, i] = rewards[n]
            for j in range(3):
                if j == i:
                    continue
                weights = np.exp(q_values[n, j] / TEMPERATURE)
                policy = weights / weights.sum()
                mean = (policy * q_values[n, j]).sum()
                expected[n, i] -= q_values[n, j, codes[n, j]] - mean
    targets = code_value_targets(rewards, tf.one_hot(codes, 4), q_values, TEMPERATURE)
    np.testing.assert_allclose(targets, expected, rtol=1e-5)


def test_the_mean_target_is_the_mean_reward_of_a_code():
    """Whatever the target network says; enumerated over the codes of two latents."""
    q_values = RANDOM.normal(size=(2, 3))
    rewards = RANDOM.normal(size=(3, 3))
    policy = np.exp(q_values / TEMPERATURE)
    policy /= policy.sum(-1, keepdims=True)
    codes = np.array([(a, b) for a in range(3) for b in range(3)])
    targets = code_value_targets(
        rewards.reshape(-1),
        tf.one_hot(codes, 3),
        np.repeat(q_values[None], 9, axis=0),
        TEMPERATURE,
    ).numpy()
    grid = targets.reshape(3, 3, 2)
    np.testing.assert_allclose(grid[..., 0] @ policy[1], rewards @ policy[1], rtol=1e-5)
    np.testing.assert_allclose(policy[0] @ grid[..., 1], policy[0] @ rewards, rtol=1e-5)


def test_targets_carry_no_gradient():
    q_values = tf.ones((1, 2, 3))
    with tf.GradientTape() as tape:
        tape.watch(q_values)
        codes = tf.one_hot([[0, 1]], 3)
        target = tf.reduce_sum(code_value_targets([1.0], codes, q_values, 1.0))
    assert tape.gradient(target, q_values) is None
