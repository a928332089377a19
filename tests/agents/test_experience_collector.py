import numpy as np
import pytest

from keras_rlgen.agents import DQN, ExperienceCollector
from tests.agents.values import cart_pole_agent


def test_episodes_continue_and_steps_are_counted():
    agent = cart_pole_agent(DQN)
    collector = ExperienceCollector(agent, num_environments=2, seed=3)
    first = collector.collect(8)
    assert len(first) == 8 and first.num_episodes == 2
    both = collector.collect(16)
    assert agent.environment_steps.numpy() == len(both) > len(first)
    # Episodes of at most seven steps: an environment's first one has its first steps.
    np.testing.assert_array_equal(both.observations[:5], first.observations[:5])
    assert both.lengths.max() <= 7 and both.lengths[0] > 4
    # Those of the first call had not ended; a reward is 1 a step.
    ended = collector.last_returns
    assert 2 <= len(ended) <= both.num_episodes
    assert set(ended) <= set(both.returns)
    again = ExperienceCollector(cart_pole_agent(DQN), 2, seed=3).collect(8)
    np.testing.assert_array_equal(again.observations, first.observations)


def test_gymnasium_and_what_is_refused():
    agent = cart_pole_agent(DQN, environment="CartPole-v1", compiled=False)
    assert len(ExperienceCollector(agent, 1).collect(3)) == 3
    with pytest.raises(ValueError, match="`num_environments` >= 1"):
        ExperienceCollector(agent, 0)
    with pytest.raises(ValueError, match="`steps` >= 1"):
        ExperienceCollector(agent, 1).collect(0)
    agent.environment = None
    with pytest.raises(ValueError, match="an agent with an environment"):
        ExperienceCollector(agent)
