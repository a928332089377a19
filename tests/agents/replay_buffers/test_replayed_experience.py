import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import DQN
from keras_rlgen.agents.replay_buffers.experience_source import experience_frames
from keras_rlgen.agents.replay_buffers.replayed_experience import (
    replayed_experience,
    split_stably,
)
from keras_rlgen.agents.replay_buffers.uniform_replay_buffer import UniformReplayBuffer
from tests.agents.values import cart_pole_agent
from tests.models.experience.toys import walks


@pytest.fixture(scope="module")
def agent():
    return cart_pole_agent(DQN, compiled=False)


def buffer_with(agent, experience, num_environments=1, capacity=90):
    spec = agent.collect_policy.trajectory_spec
    buffer = UniformReplayBuffer(spec, num_environments, capacity)
    buffer.add_stream(experience_frames(experience, agent.specs))
    return buffer


def test_what_was_added_is_returned(agent):
    experience = agent.record(episodes=3, seed=0)
    replayed = replayed_experience(buffer_with(agent, experience))
    for name in "observations", "actions", "rewards", "lengths", "terminated":
        np.testing.assert_array_equal(
            getattr(replayed, name), getattr(experience, name), name
        )


def test_episodes_that_were_broken_off_and_overwritten_ones(agent):
    experience = agent.record(episodes=6, seed=0)
    buffer = buffer_with(agent, experience, num_environments=2, capacity=20)
    # The newest frame of each environment is made the last of its episode.
    buffer.end_episodes()
    more = agent.record(steps=4, seed=1)
    frames = experience_frames(more, agent.specs)
    buffer.add_frames(tf.nest.map_structure(lambda x: tf.stack([x[:4], x[:4]]), frames))
    replayed = replayed_experience(buffer)
    transition = replayed.transitions()
    recorded = np.concatenate([experience.observations, more.observations])
    for observation in transition.observation:
        assert (recorded == observation).all(axis=1).any()
    moved = transition.next_observation[:, 0] - transition.observation[:, 0]
    # The position moves by the velocity, so nothing was joined across a break.
    velocity = transition.observation[:, 1]
    np.testing.assert_allclose(moved, 0.02 * velocity, atol=1e-5)


def test_an_empty_buffer_has_no_experience(agent):
    spec = agent.collect_policy.trajectory_spec
    assert replayed_experience(UniformReplayBuffer(spec, 1, 10)) is None


def test_an_episode_stays_in_its_part():
    experience = walks(60)
    few = experience.episodes(slice(0, 30))
    (train, held_out), (train_few, held_out_few) = (
        split_stably(x, 0.3) for x in (experience, few)
    )
    assert train.num_episodes + held_out.num_episodes == 60
    assert 5 < held_out.num_episodes < 35
    rows = {row.tobytes() for row in train.observations}
    assert not any(row.tobytes() in rows for row in held_out_few.observations)
    assert all(row.tobytes() in rows for row in train_few.observations)


@pytest.mark.parametrize("held_out", [1e-9, 1.0 - 1e-9])
def test_each_part_has_an_episode(held_out):
    train, held_out = split_stably(walks(3), held_out)
    assert train.num_episodes and held_out.num_episodes
    assert split_stably(walks(1), 0.5) is None
