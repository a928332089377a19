import pytest
import tensorflow as tf

from keras_rlgen.agents.replay_buffers.experience_source import ExperienceSource
from keras_rlgen.agents.replay_buffers.fitting_mixture import fitting_mixture
from keras_rlgen.replay import Jitter, Mixture
from tests.agents.replay_buffers.test_experience_source import dqn, recorded


def test_an_experience_becomes_a_source():
    mixture = fitting_mixture(Mixture(recorded(), 0.25), dqn())
    assert isinstance(mixture.source, ExperienceSource) and mixture.ratio == 0.25
    assert fitting_mixture(mixture, dqn()) is mixture


def test_what_does_not_fit():
    agent = dqn(n_step=3)

    class Short:
        longest_run = 2

        def sample(self, *sizes):
            raise AssertionError

    with pytest.raises(ValueError, match="Make the agent with `n_step=1`"):
        agent.compile(replay=Mixture(Short(), 0.5))

    class Other:
        def sample(self, *sizes):
            return {"x": tf.zeros((1, 2, 4))}

    with pytest.raises(ValueError, match="frames of the structure"):
        agent.compile(replay=Mixture(Other(), 0.5))

    class Float64:
        def sample(self, num_batches, batch_size, run_length, seed):
            source = ExperienceSource.from_experience(recorded(), agent.specs)
            frames = source.sample(num_batches, batch_size, run_length, seed)
            return frames.replace(reward=tf.cast(frames.reward, tf.float64))

    with pytest.raises(ValueError, match="'reward' of a source.*float64"):
        agent.compile(replay=Mixture(Float64(), 0.5))
    with pytest.raises(TypeError, match=r"pass `Mixture\(source, ratio\)`"):
        agent.compile(replay=recorded())


def test_a_source_of_own_steps_is_taken_as_it_is():
    mixture = Mixture(Jitter(0.1), 0.5)
    assert fitting_mixture(mixture, dqn()) is mixture
