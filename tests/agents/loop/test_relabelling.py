"""Rewards of agents, in place of the environment's."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.agents.bridge.environment_specs import EnvironmentSpecs
from keras_rlgen.agents.loop.relabelling import Relabeller, frame_transitions
from keras_rlgen.training.health_monitor import HealthMonitor
from tests.agents.frames import StepType, stream
from tests.networks import assert_same, values

LAST_OBSERVATION = tf.constant([[7.0], [8.0]])


def frames_and_specs(num_steps=40):
    frames = stream(num_environments=2, num_steps=num_steps)
    observation = tf.random.stateless_normal((2, num_steps, 1), (0, 1))
    frames = frames._replace(observation=observation)
    frames = tf.nest.map_structure(tf.convert_to_tensor, frames)
    action = tf.nest.map_structure(
        lambda x: tf.TensorSpec(x.shape[2:], x.dtype), frames.action
    )
    return frames, EnvironmentSpecs(tf.TensorSpec((1,)), action)


class Remembering(rewards.Reward):
    """The next observation; remembers what it was shown."""

    def __init__(self):
        super().__init__(name="remembering")
        self.learned, self.judged = [], []

    def learn(self, transitions):
        self.learned.append(transitions)

    def call(self, samples, training=None):
        if training:
            self.judged.append(samples)
        return samples.next_observation[:, 0]


def test_transitions_by_hand():
    frames, _ = frames_and_specs(3)
    transitions = frame_transitions(frames, LAST_OBSERVATION)
    x = frames.observation.numpy()
    expected = np.concatenate([x[:, 1:], LAST_OBSERVATION[:, None]], axis=1)
    np.testing.assert_array_equal(transitions.next_observation, expected)
    np.testing.assert_array_equal(transitions.observation, x)
    np.testing.assert_array_equal(transitions.terminated, frames.discount == 0.0)
    assert transitions.terminated.dtype == tf.bool


@pytest.mark.parametrize("in_graph", [False, True])
def test_steps_get_the_reward_and_last_observations_none(in_graph):
    frames, specs = frames_and_specs()
    relabel = Relabeller(Remembering(), specs, HealthMonitor())
    function = tf.function(relabel, autograph=False) if in_graph else relabel
    new = function(frames, LAST_OBSERVATION)
    following = frame_transitions(frames, LAST_OBSERVATION).next_observation[..., 0]
    is_step = frames.step_type != StepType.LAST
    assert 0 < np.sum(~is_step) < np.sum(is_step)
    expected = np.where(is_step, following, 0.0)
    np.testing.assert_array_equal(new.reward, expected)
    mean = np.mean(following[is_step])
    for tracker in relabel.trackers:
        assert float(tracker.result()) == pytest.approx(mean, rel=1e-4)


def test_a_reward_learns_and_judges_once_and_sees_steps_alone():
    frames, specs = frames_and_specs()
    reward = Remembering()
    Relabeller(reward, specs, HealthMonitor())(frames, LAST_OBSERVATION)
    is_step = (frames.step_type != StepType.LAST).numpy()
    expected = frames.observation.numpy()[is_step]
    for seen in reward.learned, reward.judged:
        assert len(seen) == 1
        np.testing.assert_array_equal(seen[0].observation, expected)


def test_statistics_are_of_steps():
    frames, specs = frames_and_specs()
    reward = rewards.Normalized(Remembering(), momentum=0.0, epsilon=0.0)
    new = Relabeller(reward, specs, HealthMonitor())(frames, LAST_OBSERVATION)
    of_steps = new.reward.numpy()[frames.step_type != StepType.LAST]
    assert np.mean(of_steps) == pytest.approx(0.0, abs=1e-5)
    assert np.std(of_steps) == pytest.approx(1.0, rel=1e-4)


def test_a_reward_that_is_not_finite_is_named_and_leaves_its_statistics():
    frames, specs = frames_and_specs()

    def broken(transition):
        return tf.math.log(transition.next_observation[:, 0])

    health = HealthMonitor()
    reward = rewards.Normalized(broken) + rewards.Environment()
    relabel = Relabeller(reward, specs, health)
    before = values(reward)
    relabel(frames, LAST_OBSERVATION)
    with pytest.raises(FloatingPointError, match="reward 'broken' is not finite"):
        health.raise_if_faulty()
    assert_same(values(reward), before)


def test_the_shape_of_a_reward_is_checked_before_training():
    _, specs = frames_and_specs()

    def column(transition):
        return transition.next_observation

    with pytest.raises(ValueError, match="'column' expected to return shape"):
        Relabeller(rewards.get(column), specs, HealthMonitor())


def test_terms_have_a_tracker_each():
    _, specs = frames_and_specs()
    reward = 2.0 * rewards.Environment() + rewards.Constant(1.0)
    relabel = Relabeller(reward, specs, HealthMonitor())
    names = [tracker.name for tracker in relabel.trackers]
    assert names == ["reward", "reward_environment", "reward_constant"]
    assert all(isinstance(t, keras.metrics.Mean) for t in relabel.trackers)
