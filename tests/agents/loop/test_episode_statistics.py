import types

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.loop.episode_statistics import EpisodeStatistics
from tests.agents.frames import StepType, stream


def slow_episodes(frames):
    """Returns pairs of return and length of all episodes that end."""
    episodes = []
    for environment in range(len(frames.reward)):
        total = length = 0
        for time in range(frames.reward.shape[1]):
            if frames.step_type[environment, time] == StepType.FIRST:
                total = length = 0
            total += frames.reward[environment, time].numpy()
            length += 1
            if frames.next_step_type[environment, time] == StepType.LAST:
                episodes.append((total, length))
    return episodes


def episodes_in_progress(num_environments):
    """What a `FrameStream` holds of them."""
    zeros = np.zeros(num_environments, "float32")
    return types.SimpleNamespace(
        episode_return=tf.Variable(zeros), episode_length=tf.Variable(zeros)
    )


@pytest.mark.parametrize("jit_compile", [False, True])
def test_episodes_across_chunks(jit_compile):
    frames = stream(num_environments=3, num_steps=60)
    episodes = slow_episodes(frames)
    statistics, sums = EpisodeStatistics(), episodes_in_progress(3)
    update = tf.function(
        lambda frames: statistics.update(frames, sums), jit_compile=jit_compile
    )
    for start in range(0, 60, 4):
        update(tf.nest.map_structure(lambda x, s=start: x[:, s : s + 4], frames))
    results = [float(metric.result()) for metric in statistics.metrics]
    mean_return, mean_length = np.mean(episodes, axis=0)
    assert len(episodes) > 20
    np.testing.assert_allclose(
        results, [mean_return, mean_length, len(episodes)], rtol=1e-5
    )


def test_an_episode_that_was_cut_off_is_not_counted():
    statistics, sums = EpisodeStatistics(), episodes_in_progress(1)
    frames = stream(num_environments=1, num_steps=30, seed=1)
    last = np.flatnonzero(frames.step_type[0] == StepType.LAST)[0]

    def part(start, end):
        return tf.nest.map_structure(lambda x: x[:, start:end], frames)

    # A beginning, and then another episode from its first frame on.
    statistics.update(part(0, last - 1), sums)
    assert float(statistics.episodes.result()) == 0.0
    statistics.update(part(0, last), sums)
    assert float(statistics.episodes.result()) == 1.0
    assert float(statistics.episode_length.result()) == last
