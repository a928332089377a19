import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.environments import GridWorld
from keras_rlgen.experience import Transition
from keras_rlgen.planning import value_iteration
from tests.rewards.generative import StandardNormal, restored
from tests.rewards.test_state import Learner
from tests.rewards.transitions import vectors

GAMMA = 0.9
MAZE = ["S..#", ".#..", "...G"]


@keras.saving.register_keras_serializable("test_potential_shaping")
def first(observation):
    return observation[:, 0]


def test_it_is_the_discounted_difference_and_0_after_an_end():
    reward = rewards.PotentialShaping(first, 0.5)
    value, terms = tf.function(reward.terms)(vectors())
    # From 1 to -1; from 3 to the end.
    np.testing.assert_allclose(value, [0.5 * -1.0 - 1.0, -3.0])
    np.testing.assert_array_equal(terms["potential_shaping"], value)
    np.testing.assert_array_equal(reward(vectors()), value)


def all_steps(environment):
    """Returns every state and action of a grid as transitions of one-hot states."""
    num_states = len(environment.cells)
    state = np.repeat(np.arange(num_states), 4)
    action = np.tile(np.arange(4), num_states)
    following = environment.transitions[state, action].argmax(axis=1)
    one_hot = np.eye(num_states, dtype="float32")
    return Transition(
        observation=tf.constant(one_hot[state]),
        action=tf.constant(action),
        reward=tf.constant(environment.rewards[state, action]),
        next_observation=tf.constant(one_hot[following]),
        terminated=tf.constant(environment._goals[following]),
    )


def test_the_optimal_policy_stays_and_values_shift_by_the_potential():
    environment = GridWorld(MAZE)
    steps, num_states = all_steps(environment), len(environment.cells)
    heights = tf.constant(np.random.default_rng(0).normal(0, 5, num_states), tf.float32)
    shaping = rewards.PotentialShaping(lambda x: tf.linalg.matvec(x, heights), GAMMA)
    # Nothing follows the goal: there the potential is 0.
    is_goal = environment._goals[:, np.newaxis]
    shaped = np.where(is_goal, 0.0, np.reshape(shaping(steps), (-1, 4)))
    ends = np.array(environment.transitions) * (1.0 - is_goal[..., np.newaxis])
    plain, other = (
        value_iteration(environment.transitions, table.astype("float32"), GAMMA)
        for table in (environment.rewards, environment.rewards + shaped)
    )
    inner = ~environment._goals
    shift = (other.values - plain.values)[inner]
    np.testing.assert_allclose(shift, -heights[inner], atol=1e-4)
    # Of equally good actions rounding may choose another.
    action_values = environment.rewards + GAMMA * ends @ plain.values.numpy()
    chosen = np.take_along_axis(
        action_values, other.policy.numpy().argmax(axis=1)[:, np.newaxis], axis=1
    )
    np.testing.assert_allclose(chosen[inner, 0], action_values.max(axis=1)[inner], 1e-4)


@pytest.mark.parametrize("terminated", [False, True])
def test_returns_of_an_episode_shift_by_the_first_potential(terminated):
    random = np.random.default_rng(1)
    path = random.normal(size=(7, 2)).astype("float32")
    steps = Transition(
        observation=tf.constant(path[:-1]),
        action=tf.zeros(6, tf.int32),
        reward=tf.zeros(6),
        next_observation=tf.constant(path[1:]),
        terminated=tf.constant([False] * 5 + [terminated]),
    )
    value = rewards.PotentialShaping(first, GAMMA)(steps)
    discounted = np.sum(GAMMA ** np.arange(6) * value)
    # What was truncated goes on from its last state, with its potential.
    goes_on = 0.0 if terminated else GAMMA**6 * path[-1, 0]
    np.testing.assert_allclose(discounted, goes_on - path[0, 0], rtol=1e-4)


def test_a_models_likelihood_is_a_potential():
    likely = rewards.Realism(StandardNormal())
    reward, steps = rewards.PotentialShaping(likely, GAMMA), vectors()
    now, following = likely(steps.observation), likely(steps.next_observation)
    expected = GAMMA * following * [1.0, 0.0] - now
    np.testing.assert_allclose(reward(steps), expected, rtol=1e-5)
    np.testing.assert_allclose(restored(reward)(steps), expected, rtol=1e-5)


def test_a_potential_learns_from_next_observations():
    learner, steps = Learner(), vectors()
    reward = rewards.PotentialShaping(learner, GAMMA)
    (reward + rewards.Environment()).learn(steps)
    assert learner.learned == [steps.next_observation] and reward.keeps_state


def test_config_round_trip():
    reward = rewards.PotentialShaping(first, 0.5, name="progress")
    again = restored(reward)
    assert again.get_config() == reward.get_config()
    np.testing.assert_array_equal(again(vectors()), [-1.5, -3.0])


def test_what_does_not_fit():
    with pytest.raises(ValueError, match=r"`gamma` in \(0, 1\]. Received: 1.5"):
        rewards.PotentialShaping(first, 1.5)
    for method in ("__call__", "terms", "learn"):
        with pytest.raises(TypeError, match="Of samples alone there is no progress"):
            getattr(rewards.PotentialShaping(first, 0.5), method)(tf.zeros((2, 2)))
