import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import Sarsa
from tests.agents.rounds import collected
from tests.agents.toys import StepType, tf_agents
from tests.agents.values import cart_pole_agent

GAMMA = 0.9


def learned_transitions(agent, rounds, monkeypatch):
    """Returns the frames of some rounds, and what was learned from, without masks."""
    transitions = []

    def train(experience):
        transitions.append(experience)
        return tf_agents.agents.tf_agent.LossInfo(tf.constant(0.0), ())

    monkeypatch.setattr(agent.tf_agent, "train", train)
    frames = []
    for _ in range(rounds):
        frames.append(collected(agent).frames)
        agent._improve(frames[-1])
    frames = tf.nest.map_structure(lambda *x: np.concatenate(x, axis=1), *frames)
    joined = tf.nest.map_structure(lambda *x: np.concatenate(x), *transitions)
    counts = joined.time_step.step_type != StepType.LAST
    return frames, tf.nest.map_structure(lambda x: x[counts], joined)


def by_hand(frames, n_step):
    """Returns the transitions of frames, as tuples, in Python."""
    result = []
    num_environments, num_steps = frames.reward.shape
    for i in range(num_environments):
        for start in range(num_steps - n_step):
            if frames.step_type[i, start] == StepType.LAST:
                continue
            reward, weight, end = 0.0, 1.0, start
            while True:
                reward += weight * frames.reward[i, end]
                discount = weight * frames.discount[i, end]
                weight, end = GAMMA * discount, end + 1
                if end == start + n_step or frames.step_type[i, end] == StepType.LAST:
                    break
            result.append(
                (
                    *frames.observation[i, start],
                    frames.action[i, start],
                    reward,
                    discount,
                    *frames.observation[i, end],
                    frames.action[i, end],
                )
            )
    return sorted(result)


@pytest.mark.parametrize("n_step", [1, 2, 5])
def test_learns_once_from_each_step(n_step, monkeypatch):
    agent = cart_pole_agent(Sarsa, n_step=n_step, gamma=GAMMA, epsilon=0.5)
    frames, learned = learned_transitions(agent, 6, monkeypatch)
    assert np.any(frames.step_type == StepType.LAST)
    steps, action_steps, next_steps = learned
    learned = sorted(
        zip(
            *steps.observation.T,
            action_steps.action,
            next_steps.reward,
            next_steps.discount,
            *next_steps.observation.T,
            action_steps.info,
            strict=True,
        )
    )
    expected = by_hand(frames, n_step)
    assert len(expected) > 40
    np.testing.assert_allclose(learned, expected, rtol=1e-5)


def test_does_not_go_on_where_episodes_were_dropped(monkeypatch):
    agent = cart_pole_agent(Sarsa, max_episode_steps=100, n_step=2)
    agent._improve(collected(agent).frames)
    agent.driver.reset_episodes()
    agent.end_episodes()
    frames, learned = learned_transitions(agent, 1, monkeypatch)
    # Of three environments: one before the cut, of one step, and two after it.
    assert learned.time_step.step_type.shape == (3 * 3,)
    first = frames.observation[:, 0]
    for observation in learned.next_time_step.observation:
        assert not np.any(np.all(observation == first, axis=-1))


@pytest.mark.parametrize("steps_per_update", [0, 1.5])
def test_steps_per_update_out_of_range(steps_per_update):
    with pytest.raises(ValueError, match="steps_per_update"):
        cart_pole_agent(Sarsa, steps_per_update=steps_per_update)
