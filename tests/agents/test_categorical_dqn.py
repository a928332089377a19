import numpy as np
import pytest

from keras_rlgen.agents import CategoricalDQN
from keras_rlgen.environments import CartPole
from tests.agents.rounds import collected
from tests.agents.toys import mlp
from tests.agents.values import ATOMS, cart_pole_agent


@pytest.mark.parametrize("low, high", [(1.0, 1.0), (2.0, 1.0), (0.0, np.inf)])
def test_atoms_out_of_range(low, high):
    with pytest.raises(ValueError, match="`min_q_value` below `max_q_value`"):
        cart_pole_agent(CategoricalDQN, min_q_value=low, max_q_value=high)


def test_a_network_of_plain_values():
    with pytest.raises(ValueError, match="logits over the atoms"):
        CategoricalDQN(mlp(2, 4), environment=CartPole())


def test_logs_the_mean_of_the_distribution_of_the_best_action():
    agent = cart_pole_agent(CategoricalDQN, min_q_value=0, max_q_value=4)
    head = agent.q_network.layers[1]
    head.kernel.assign(np.zeros(head.kernel.shape))
    # Even over the atoms 0 to 4 for one action; on the last two for the other.
    head.bias.assign([0.0] * ATOMS + [-50.0, -50.0, -50.0, 0.0, 0.0])
    agent._track(collected(agent).frames)
    assert agent.get_metrics_result()["mean_q"] == pytest.approx(3.5)
