import keras
import pytest

from keras_rlgen import rewards
from keras_rlgen.agents import DQN, PPO, SAC, CategoricalDQN, Reinforce
from keras_rlgen.environments import CartPole
from keras_rlgen.rl_models.imitation_controls import cloning_agent, fresh_agent
from tests.agents.control import pendulum_agent
from tests.agents.toys import mlp
from tests.agents.values import cart_pole_agent


def ppo():
    agent = PPO(mlp(2, 4), mlp(1, 4), environment=CartPole(7), num_environments=2)
    agent.compile(keras.optimizers.SGD(0.25), run_eagerly=True)
    return agent


@pytest.mark.parametrize(
    "make, cls",
    [
        (ppo, PPO),
        (lambda: cart_pole_agent(DQN), Reinforce),
        (pendulum_agent, Reinforce),
        (lambda: cart_pole_agent(CategoricalDQN), type(None)),
    ],
    ids=["ppo", "dqn", "sac", "categorical_dqn"],
)
def test_policies_and_values_of_actions_can_be_cloned(make, cls):
    agent = make()
    cloned = cloning_agent(agent)
    assert type(cloned) is cls
    if cloned is not None:
        assert cloned.compiled and cloned.environment is agent.environment
        assert getattr(cloned, "squash", False) == isinstance(agent, SAC)


def test_a_fresh_agent_differs_in_its_reward_alone():
    agent = ppo()
    fresh = fresh_agent(agent, rewards.Constant(2.0))
    assert fresh.get_config() == agent.get_config()
    assert fresh.reward.value == 2.0 and agent.reward is None
    assert float(fresh.optimizer.learning_rate) == 0.25 and fresh.run_eagerly
    assert fresh.actor is not agent.actor
