import gymnasium
import numpy as np
import pytest

from keras_rlgen.agents import DQN
from keras_rlgen.environments import CartPole
from tests.agents.values import cart_pole_agent, fit
from tests.networks import assert_same, values


def agent(**kwargs):
    options = {"environment": CartPole(9), "num_environments": 3, **kwargs}
    return cart_pole_agent(DQN, **options)


def cut_pole():
    return gymnasium.make("CartPole-v1", max_episode_steps=9)


ENVIRONMENTS = {"tensors": CartPole(9), "gymnasium": cut_pole}


@pytest.fixture(params=ENVIRONMENTS)
def environment(request):
    return ENVIRONMENTS[request.param]


def test_whole_episodes(environment):
    experience = agent(environment=environment).record(episodes=5, seed=1)
    assert experience.num_episodes == 5
    # They end, or the limit of steps truncates them.
    lengths = experience.lengths
    assert ((lengths == 9) | (experience.terminated & (lengths < 9))).all()
    np.testing.assert_array_equal(experience.returns, lengths)


@pytest.mark.parametrize("steps", [1, 2, 40])
def test_steps(environment, steps):
    experience = agent(environment=environment).record(steps=steps, seed=1)
    assert len(experience) == steps


def test_a_step_leads_where_the_environment_says():
    experience = agent().record(episodes=4, exploring=True, seed=3)
    transitions = experience.transitions()
    environment = CartPole(9)
    result = environment.transition(
        np.asarray(transitions.observation), transitions.action, None
    )
    np.testing.assert_allclose(transitions.next_observation, result[0], rtol=1e-5)
    np.testing.assert_array_equal(transitions.terminated, result[2])
    starts = np.cumsum(experience.lengths) - experience.lengths
    assert (np.abs(transitions.observation[starts]) <= 0.05).all()


def test_the_policy_that_exploits_or_that_explores():
    trained = agent(epsilon=1.0)
    greedy = trained.record(steps=200, seed=0)
    np.testing.assert_array_equal(
        greedy.actions, trained.predict(greedy.transitions().observation)
    )
    explored = trained.record(steps=200, seed=0, exploring=True)
    assert 0.3 < np.mean(explored.actions) < 0.7


def test_the_seed_decides_and_training_goes_on_as_without():
    first, second = agent(), agent()
    fit(first)
    fit(second)
    one, again, other = (first.record(episodes=3, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.observations, again.observations)
    assert one.observations.shape != other.observations.shape or np.any(
        one.observations != other.observations
    )
    fit(first)
    fit(second)
    assert_same(values(first.q_network), values(second.q_network))


def test_another_environment():
    experience = agent().record(episodes=2, environment=CartPole(3))
    assert experience.lengths.tolist() == [3, 3]


def test_an_environment_instance_is_reset():
    trained = agent(environment=cut_pole(), num_environments=1)
    fit(trained)
    assert trained.record(steps=20).num_episodes >= 2
    assert not trained.driver.in_progress
    fit(trained)


@pytest.mark.parametrize(
    "counts", [{}, {"episodes": 1, "steps": 1}, {"steps": 0}, {"episodes": 2.0}]
)
def test_what_is_to_be_recorded(counts):
    with pytest.raises(ValueError, match="either `episodes` or `steps`"):
        agent().record(**counts)
