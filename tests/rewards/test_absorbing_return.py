import itertools
import types

import numpy as np
import tensorflow as tf

from keras_rlgen.agents.algorithms.n_step import n_step_transition
from keras_rlgen.agents.loop.relabelling import Relabeller
from keras_rlgen.experience import ArraySpec, Experience, Transition
from keras_rlgen.rewards import Imitation
from keras_rlgen.rewards.absorbing_return import absorbing_return
from keras_rlgen.training.health_monitor import HealthMonitor
from tests.agents.frames import StepType, stream
from tests.networks import linear

GAMMA = 0.8


def test_it_is_the_return_of_an_episode_that_goes_on():
    rewards = np.float32([1.0, -2.0, 0.5])
    ends = tf.constant([False, False, True])
    changed = absorbing_return(rewards, -3.0, ends, GAMMA).numpy()
    forever = np.concatenate([rewards, np.full(400, -3.0)])
    np.testing.assert_allclose(
        GAMMA ** np.arange(3) @ changed, GAMMA ** np.arange(403) @ forever, rtol=1e-5
    )


def test_targets_of_an_agent_by_hand():
    """Three-step targets where the value of every state in an episode is 7."""
    frames = stream(num_environments=3, num_steps=40)
    specs = types.SimpleNamespace(
        observation=ArraySpec((2,)), action=ArraySpec((), "int32", 0, 1)
    )
    expert = Experience(
        np.zeros((3, 2)), np.zeros(2, "int32"), np.zeros(2), [2], [False]
    )
    reward = Imitation(
        linear(5, 1), expert, specs, kind="logit", absorbing=True, gamma=GAMMA
    )
    after = float(reward.discriminator(tf.one_hot([4], 5))[0, 0])
    relabel = Relabeller(reward, specs, HealthMonitor())
    changed = relabel(frames, tf.zeros((3, 2))).reward
    observation, action = (
        tf.reshape(x, (120, *x.shape[2:])) for x in (frames.observation, frames.action)
    )
    all_steps = Transition(observation, action, None, None, None)
    logits = reward.discriminator(reward.experts(all_steps))
    plain = tf.reshape(logits, (3, 40)).numpy()
    ends = {"terminated": 0, "truncated": 0}
    for row, start in itertools.product(range(3), range(36)):
        if frames.step_type[row, start] == StepType.LAST:
            continue
        expected, weight = 0.0, 1.0
        for time in range(start, start + 3):
            expected += weight * plain[row, time]
            weight *= GAMMA
            if frames.discount[row, time] == 0.0:
                expected += weight * after / (1.0 - GAMMA)
                ends["terminated"] += 1
                break
            if frames.next_step_type[row, time] == StepType.LAST:
                expected += weight * 7.0
                ends["truncated"] += 1
                break
        else:
            expected += weight * 7.0
        sequence = tf.nest.map_structure(
            lambda x, row=row, start=start: x[row : row + 1, start : start + 4],
            frames.replace(reward=changed),
        )
        following = n_step_transition(sequence, GAMMA).next_time_step
        target = following.reward + GAMMA * following.discount * 7.0
        np.testing.assert_allclose(target, [expected], rtol=1e-4, atol=1e-4)
    assert min(ends.values()) > 3
