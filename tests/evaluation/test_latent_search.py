import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import LatentEditing
from keras_rlgen.evaluation.latent_search import (
    best_of,
    gradient_ascent,
    greedy_search,
    reward_gradient,
)

GOAL = np.array([1.0, -0.4], "float32")
STEP, NUM_STEPS, BOUND = 0.5, 5, 2.0


def nearness(samples):
    return -tf.norm(samples - GOAL, axis=-1)


def nearness_of_target(samples, target):
    return -tf.norm(samples - target, axis=-1)


def rounded(samples):
    return tf.round(samples[:, 0])


@pytest.fixture(scope="module")
def environment():
    return LatentEditing(
        tf.identity, 2, nearness, None, STEP, max_episode_steps=NUM_STEPS, bound=BOUND
    )


@pytest.fixture(scope="module")
def latents():
    return tf.random.stateless_normal((12, 2), [0, 0])


def greedy_in_numpy(latent, goal):
    """Returns where a greedy search ends, and the samples that it scored."""

    def value(x):
        return -np.linalg.norm(x - goal)

    current, calls = np.clip(latent, -BOUND, BOUND), 1
    for _ in range(NUM_STEPS):
        moves = [
            np.clip(current + sign * STEP * axis, -BOUND, BOUND)
            for axis in np.eye(2)
            for sign in (1, -1)
        ]
        calls += len(moves)
        best = max(moves, key=value)
        if value(best) <= value(current):
            break
        current = best
    return current, calls


def test_greedy_search_is_that_of_a_loop(environment, latents):
    found = greedy_search(environment, latents)
    expected = [greedy_in_numpy(latent, GOAL) for latent in latents.numpy()]
    np.testing.assert_allclose(found.latents, [end for end, _ in expected], atol=1e-6)
    np.testing.assert_array_equal(found.calls, [calls for _, calls in expected])
    assert len(set(found.calls.numpy())) > 1


def test_greedy_search_follows_targets(latents):
    goals = np.array([[1.0, 1.0], [-1.0, 0.0]], "float32")
    environment = LatentEditing(
        tf.identity,
        2,
        nearness_of_target,
        step_size=STEP,
        max_episode_steps=NUM_STEPS,
        bound=BOUND,
        targets=goals,
    )
    targets = tf.gather(goals, np.arange(12) % 2)
    found = greedy_search(environment, latents, targets)
    for latent, goal, end in zip(latents.numpy(), targets, found.latents, strict=True):
        expected, _ = greedy_in_numpy(latent, goal.numpy())
        np.testing.assert_allclose(end, expected, atol=1e-6)


def test_best_of_takes_the_best_and_the_given_one_is_first(environment, latents):
    one = best_of(environment, latents, (), tf.constant(1), [3, 0])
    np.testing.assert_allclose(one.latents, tf.clip_by_value(latents, -BOUND, BOUND))
    found = best_of(environment, latents, (), tf.constant(4), [3, 0])
    keys = [tf.random.fold_in([3, 0], index) for index in (1, 2, 3)]
    drawn = [tf.random.stateless_normal((12, 2), key) for key in keys]
    candidates = np.clip(np.stack([latents, *drawn]), -BOUND, BOUND)
    distances = np.linalg.norm(candidates - GOAL, axis=-1)
    expected = candidates[distances.argmin(axis=0), np.arange(12)]
    np.testing.assert_allclose(found.latents, expected)
    np.testing.assert_array_equal(found.calls, np.full(12, 4.0))


def test_gradient_ascent_goes_straight_and_keeps_the_best(environment, latents):
    found = gradient_ascent(environment, latents)
    start = np.clip(latents, -BOUND, BOUND)
    offsets = GOAL - start
    distances = np.linalg.norm(offsets, axis=-1, keepdims=True)
    # It passes the goal, and then goes back and forth.
    steps = STEP * np.arange(NUM_STEPS + 1)
    left = np.abs(distances - steps).min(axis=-1)
    near = distances[:, 0] > 0.75  # Otherwise it turns after its first step.
    np.testing.assert_allclose(
        np.linalg.norm(found.latents - GOAL, axis=-1)[near], left[near], atol=1e-5
    )
    assert near.sum() > 3
    before, after = nearness(start), nearness(found.latents)
    assert (after.numpy() >= before.numpy() - 1e-6).all()
    np.testing.assert_array_equal(found.calls, np.full(12, 2.0 * NUM_STEPS + 1.0))


def test_the_gradient_of_a_reward(environment, latents):
    value, gradient = reward_gradient(environment, latents)
    inside = np.clip(latents, -BOUND, BOUND)
    np.testing.assert_allclose(value, nearness(inside), rtol=1e-6)
    direction = (GOAL - inside) / np.linalg.norm(GOAL - inside, axis=-1, keepdims=True)
    kept = np.abs(latents) < BOUND
    np.testing.assert_allclose(gradient.numpy()[kept], direction[kept], rtol=1e-5)


def test_a_reward_without_a_gradient():
    environment = LatentEditing(tf.identity, 2, rounded)
    assert reward_gradient(environment, tf.ones((2, 2)))[1] is None
