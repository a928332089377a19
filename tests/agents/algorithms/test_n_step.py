import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.algorithms.n_step import n_step_transition
from tests.agents.frames import StepType, stream, tf_agents

GAMMA = 0.9


def windows(frames, length):
    """Returns all runs of as many consecutive frames, of arrays `(B, length, ...)`."""
    count = frames.reward.shape[1] - length + 1
    return tf.nest.map_structure(
        lambda x: np.concatenate([x[:, i : i + length] for i in range(count)]), frames
    )


def slow_transition(frames, row):
    """Returns reward, discount and the index of the last frame, step by step."""
    reward, discount, steps = 0.0, 1.0, 0
    for step in range(frames.reward.shape[1] - 1):
        if frames.step_type[row, step] == StepType.LAST:
            break
        reward += GAMMA**step * discount * frames.reward[row, step]
        discount *= frames.discount[row, step]
        steps += 1
    return reward, discount * GAMMA ** (steps - 1), steps


@pytest.mark.parametrize("num_steps", [1, 2, 3, 5])
def test_every_step_of_the_episode_and_none_of_the_next(num_steps):
    frames = windows(stream(num_environments=4), num_steps + 1)
    transition = n_step_transition(tf.nest.map_structure(tf.constant, frames), GAMMA)
    kinds = set()
    for row in np.flatnonzero(frames.step_type[:, 0] != StepType.LAST):
        reward, discount, steps = slow_transition(frames, row)
        following = transition.next_time_step
        np.testing.assert_allclose(following.reward[row], reward, atol=1e-6)
        np.testing.assert_allclose(following.discount[row], discount, rtol=1e-6)
        np.testing.assert_array_equal(
            following.observation[row], frames.observation[row, steps]
        )
        assert following.step_type[row] == frames.step_type[row, steps]
        kinds.add((steps, discount == 0.0))
    if num_steps > 1:
        # Cut short by a termination, by a truncation, and not at all.
        assert {(1, True), (1, False), (num_steps, False)} <= kinds
    assert transition.time_step.step_type.shape == (len(frames.reward),)
    np.testing.assert_array_equal(transition.action_step.action, frames.action[:, 0])
    np.testing.assert_array_equal(
        transition.time_step.observation, frames.observation[:, 0]
    )


def test_tf_agents_says_the_same_where_no_episode_ends():
    frames = windows(stream(num_environments=8, num_steps=60), 4)
    within = np.all(frames.step_type[:, :-1] != StepType.LAST, axis=1)
    assert within.sum() > 50
    frames = tf.nest.map_structure(lambda x: tf.constant(x[within]), frames)
    ours = n_step_transition(frames, GAMMA).next_time_step
    theirs = tf_agents.trajectories.trajectory.to_n_step_transition(frames, GAMMA)
    for a, b in zip(ours, theirs.next_time_step, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
