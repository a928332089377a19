import numpy as np

from tests.agents.on_policy import cart_pole_agent
from tests.agents.rounds import collected


def test_a_round_continues_the_one_before():
    agent = cart_pole_agent(max_episode_steps=100)
    first, second = collected(agent), collected(agent)
    np.testing.assert_array_equal(
        first.next_observation, second.frames.observation[:, 0]
    )
    np.testing.assert_array_equal(
        second.frames.step_type[:, 0], first.frames.next_step_type[:, -1]
    )
    assert first.policy_state == ()
