import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from tests.rewards.generative import restored, vae
from tests.rewards.transitions import vectors

GOAL = [0.5, -1.0]


def test_it_is_minus_the_distance_of_latents():
    model = vae()
    reward = rewards.GoalImage(model, GOAL)
    x = tf.constant([[1.0, 2.0], [-0.3, 0.2], GOAL])
    latents, goal = model.encode(x), model.encode(tf.constant([GOAL]))
    expected = -np.linalg.norm(latents - goal, axis=1)
    np.testing.assert_allclose(reward(x), expected, rtol=1e-5, atol=2e-6)
    np.testing.assert_array_equal(restored(reward)(x), reward(x))


def test_the_gradient_at_the_goal_is_finite():
    reward, x = rewards.GoalImage(vae(), GOAL), tf.constant([GOAL, [1.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = reward(x)
    gradient = tape.gradient(value, x)
    assert np.isfinite(gradient).all() and np.any(gradient[1])


def test_of_a_transition_it_is_the_next_observation():
    reward, steps = rewards.GoalImage(vae(), GOAL), vectors()
    value, terms = tf.function(reward.terms)(steps)
    np.testing.assert_allclose(value, reward(steps.next_observation), rtol=1e-6)
    assert list(terms) == ["goal_image"] and reward.metrics == []


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="Received: 1 values that are NaN"):
        rewards.GoalImage(vae(), [0.0, np.nan])
    with pytest.raises(TypeError, match="method `encode`"):
        rewards.GoalImage(keras.Sequential(), GOAL)
    with pytest.raises(ValueError, match=r"a goal of shape \(2,\)"):
        rewards.GoalImage(vae(), GOAL)(tf.zeros((4, 3)))


def test_a_goal_of_another_shape():
    with pytest.raises(ValueError, match=r"shape \(2,\), a sample.*Received: \(3,\)"):
        rewards.GoalImage(vae(), np.zeros(3))
