import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.algorithms.reward_normalizer import RewardNormalizer
from tests.agents.frames import StepType, stream

GAMMA = 0.9


def slow_returns(frames):
    """Returns the discounted sum of rewards up to each step, in a list of lists."""
    returns = []
    for environment in range(len(frames.reward)):
        total = 0.0
        for time in range(frames.reward.shape[1]):
            step_type = frames.step_type[environment, time]
            total = 0.0 if step_type == StepType.FIRST else GAMMA * total
            total += float(frames.reward[environment, time])
            if step_type != StepType.LAST:
                returns.append((time, total))
    return returns


@pytest.mark.parametrize("chunk", [5, 40])
def test_divides_by_the_deviation_of_returns_so_far(chunk):
    frames = stream(num_environments=3, num_steps=40)
    frames = frames.replace(reward=7.0 * frames.reward)
    normalizer = RewardNormalizer(3, GAMMA)
    returns = slow_returns(frames)
    for start in range(0, 40, chunk):
        part = tf.nest.map_structure(lambda x, s=start: x[:, s : s + chunk], frames)
        rewards = normalizer(part)
        deviation = np.std([r for time, r in returns if time < start + chunk])
        np.testing.assert_allclose(rewards, part.reward / deviation, rtol=1e-3)
    assert deviation > 7.0


def test_clips():
    frames = stream(num_environments=1, num_steps=40)
    reward = frames.reward.numpy()
    reward[0, 20] = 1e4
    rewards = RewardNormalizer(1, 0.0)(frames.replace(reward=tf.constant(reward)))
    assert np.max(rewards) <= 10.0


def test_every_variable_has_a_name():
    variables = RewardNormalizer(2, GAMMA).variables
    assert len(variables) == 5
    assert variables["reward_normalizer_return"].shape == (2,)
