"""Policies and checks that tests of drivers share."""

import numpy as np
import tensorflow as tf

from keras_rlgen.agents import tf_agents
from keras_rlgen.training.stateless_random import uniform
from tests.environments.numbered import check_next_step_stream

StepType = tf_agents.trajectories.StepType
PolicyStep = tf_agents.trajectories.PolicyStep


class RandomPolicy(tf_agents.policies.TFPolicy):
    """Draws one of two actions, or from a range, by a stateless seed."""

    def __init__(self, specs):
        super().__init__(specs.time_step, specs.action)

    def _action(self, time_step, policy_state, seed=None):
        spec = self.action_spec
        shape = (tf.shape(time_step.reward)[0], *spec.shape)
        draws = uniform(shape, (0, 0) if seed is None else seed, 0.0, 1.0)
        if spec.dtype.is_integer:
            return PolicyStep(tf.cast(draws > 0.5, spec.dtype), policy_state, ())
        low, high = spec.minimum, spec.maximum
        return PolicyStep(low + (high - low) * draws, policy_state, ())


class PushRight(tf_agents.policies.TFPolicy):
    """Takes action 1, and counts in its state the steps of each episode."""

    def __init__(self, specs):
        count = tf.TensorSpec((), tf.int32)
        super().__init__(specs.time_step, specs.action, count, {"count": count})

    def _action(self, time_step, policy_state, seed=None):
        action = tf.ones_like(time_step.step_type, self.action_spec.dtype)
        return PolicyStep(action, policy_state + 1, {"count": policy_state})


def joined(chunks):
    """Returns one `Trajectory` of chunks, of arrays `(N, T, ...)`."""
    return tf.nest.map_structure(lambda *x: np.concatenate(x, axis=1), *chunks)


def check_frames(frames, next_observation):
    """Asserts that frames of a numbered environment are a stream as drivers promise.

    Args:
        frames: `Trajectory` of arrays `(N, T, ...)`, from the reset on.
        next_observation: Array `(N, 2)`, what followed.
    """
    observations = np.concatenate(
        [frames.observation, next_observation[:, np.newaxis]], axis=1
    )
    ended = frames.next_step_type == StepType.LAST
    began = check_next_step_stream(
        observations.swapaxes(0, 1),
        frames.reward.T,
        (frames.discount == 0.0).T,
        (ended & (frames.discount == 1.0)).T,
    ).T
    np.testing.assert_array_equal(frames.step_type == StepType.LAST, began)
    np.testing.assert_array_equal(frames.next_step_type == StepType.FIRST, began)
    np.testing.assert_array_equal(frames.step_type[:, 0], StepType.FIRST)
    np.testing.assert_array_equal(
        frames.next_step_type[:, :-1], frames.step_type[:, 1:]
    )
    assert set(np.unique(frames.discount)) == {0.0, 1.0}
