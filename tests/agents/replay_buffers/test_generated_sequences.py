import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import DQN
from keras_rlgen.agents.algorithms.n_step import n_step_transition
from keras_rlgen.agents.replay_buffers.generated_sequences import GeneratedSequences
from keras_rlgen.experience import Transition
from tests.agents.toys import StepType, trajectories
from tests.agents.values import cart_pole_agent

SEED = tf.constant([1, 2])
COUNT, LENGTH = 6, 4


class Counter:
    """A model in which the first number grows by one, and which ends above `end`."""

    given = ("observation", "action")

    def __init__(self, end=100.0, fitted=True):
        self.end, self.is_fitted = end, tf.Variable(fitted)

    def sample(self, observation, action, key):
        following = observation + 1.0
        count = following[:, 0]
        return Transition(
            observation, action, 10.0 * count, following, count > self.end
        )

    def sample_joint(self, count, key):
        observation = tf.fill((count, 4), 50.0)
        return self.sample(observation, tf.ones((count,), tf.int32), key)

    def example(self, count):
        zeros = tf.zeros((count,))
        observation = tf.zeros((count, 4))
        action = tf.cast(zeros, tf.int32)
        return Transition(observation, action, zeros, observation, zeros > 0.0)

    def _flatten_layers(self):
        return []


class Joint(Counter):
    given = ()


@pytest.fixture(scope="module")
def agent():
    return cart_pole_agent(DQN, n_step=LENGTH - 1)


def own(num_batches, batch_size, run_length, seed):
    """Sequences whose first observation is their index; the last begins at an end."""
    shape = num_batches, batch_size, run_length
    first = tf.range(float(num_batches * batch_size))
    observation = tf.reshape(first, (num_batches, batch_size, 1, 1))
    observation = tf.broadcast_to(observation, (*shape, 4))
    step_type = np.full(shape, StepType.MID, "int32")
    step_type[:, -1, 0] = StepType.LAST
    zeros = tf.zeros(shape)
    return trajectories.Trajectory(
        step_type=tf.constant(step_type),
        observation=observation,
        action=tf.cast(zeros, tf.int32),
        policy_info=(),
        next_step_type=tf.constant(step_type),
        reward=zeros - 1.0,
        discount=zeros + 1.0,
    )


def sample(agent, model, gate=None):
    rejected = keras.metrics.Mean()
    source = GeneratedSequences(agent, model, gate, rejected)
    frames = source.sample(1, COUNT, LENGTH, SEED, own)
    flat = tf.nest.map_structure(lambda x: x[0].numpy(), frames)
    return flat, float(rejected.result())


def test_sequences_start_from_own_frames_and_continue_by_the_model(agent):
    frames, rejected = sample(agent, Counter())
    start = np.arange(COUNT - 1)[:, None]
    np.testing.assert_array_equal(
        frames.observation[:-1, :, 0], start + np.arange(LENGTH)
    )
    np.testing.assert_array_equal(
        frames.reward[:-1, :-1], 10.0 * (start + np.arange(1, LENGTH))
    )
    assert (frames.step_type[:-1] == StepType.MID).all()
    assert (frames.discount == 1.0).all() and set(frames.action.flat) <= {0, 1}
    assert rejected == 0.0
    # Nothing starts from the last observation of an episode.
    assert frames.step_type[-1, 0] == StepType.LAST and (frames.reward[-1] == -1).all()


def test_a_sequence_ends_where_the_model_ends_it(agent):
    frames, _ = sample(agent, Counter(end=3.5))
    returns = n_step_transition(frames_of(frames), gamma=1.0)
    # From 2 it is two steps to 4; what starts beyond ends at once.
    np.testing.assert_array_equal(
        returns.next_time_step.reward[:5], [60.0, 90.0, 70.0, 40.0, 50.0]
    )
    np.testing.assert_array_equal(returns.next_time_step.discount[:5], [1, 0, 0, 0, 0])
    np.testing.assert_array_equal(
        returns.next_time_step.observation[:5, 0], [3.0, 4.0, 4.0, 4.0, 5.0]
    )


def test_a_sequence_is_cut_before_a_rejected_step(agent):
    def gate(generator, step, seed):
        return step.next_observation[:, 0] <= 3.0

    frames, rejected = sample(agent, Counter(), gate)
    returns = n_step_transition(frames_of(frames), gamma=1.0)
    # Three steps from 0, two from 1, one from 2; own steps where none is left.
    np.testing.assert_array_equal(
        returns.next_time_step.reward[:5], [60.0, 50.0, 30.0, -3.0, -3.0]
    )
    np.testing.assert_array_equal(
        returns.next_time_step.observation[:3, 0], [3.0, 3.0, 3.0]
    )
    assert (returns.next_time_step.discount == 1.0).numpy().all()
    # Of three, three, two, one and one steps, those but for 3, 2 and 1.
    assert rejected == pytest.approx(4 / 10)


def test_a_joint_model_gives_single_steps(agent):
    frames, rejected = sample(agent, Joint())
    returns = n_step_transition(frames_of(frames), gamma=1.0)
    np.testing.assert_array_equal(returns.next_time_step.reward[:5], [510.0] * 5)
    np.testing.assert_array_equal(returns.time_step.observation[:5, 0], [50.0] * 5)
    np.testing.assert_array_equal(returns.next_time_step.observation[:5, 0], [51.0] * 5)
    assert rejected == 0.0


def test_own_steps_until_the_model_was_trained(agent):
    frames, rejected = sample(agent, Counter(fitted=False))
    assert (frames.reward == -1.0).all() and rejected == 0.0


def test_it_is_compiled_with_xla(agent):
    class Compiled:
        collect_policy, jit_compile = agent.collect_policy, True

    plain, compiled = (sample(a, Counter(end=3.5))[0] for a in (agent, Compiled))
    tf.nest.map_structure(np.testing.assert_allclose, plain, compiled)


def frames_of(arrays):
    return tf.nest.map_structure(tf.constant, arrays)
