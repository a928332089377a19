import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import PPO
from keras_rlgen.agents.algorithms.behavioral_cloning import BehavioralCloning
from keras_rlgen.environments import CartPole
from keras_rlgen.experience import Experience
from tests.agents import values as value_agents
from tests.agents.on_policy import AGENTS, cart_pole_agent, pendulum_agent
from tests.agents.test_recurrence import some_agent
from tests.networks import assert_same, differ, values


def leaning(steps=300, actions=None):
    """Pushes the cart to where the pole leans."""
    random = np.random.default_rng(0)
    observations = random.normal(0.0, 1.0, (steps + 1, 4)).astype("float32")
    if actions is None:
        actions = (observations[:-1, 2] > 0.0).astype("int32")
    return Experience(observations, actions, np.ones(steps), [steps], [False])


def clone(agent, experience=None, steps=40, **kwargs):
    return agent.fit(
        experience=experience or leaning(),
        loss="cloning",
        steps_per_epoch=steps,
        verbose=0,
        **kwargs,
    ).history


def test_the_loss_is_the_cross_entropy_of_the_actions():
    agent = cart_pole_agent()
    transitions = leaning(7).transitions()
    logits = agent.actor(transitions.observation).numpy().astype("float64")
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    expected = -log_probs[np.arange(7), transitions.action].mean()
    loss = BehavioralCloning(agent, leaning(7)).loss(
        tf.constant(transitions.observation), tf.constant(transitions.action)
    )
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_and_of_continuous_ones_the_density():
    agent = pendulum_agent()
    random = np.random.default_rng(0)
    observation = random.normal(size=(5, 3)).astype("float32")
    action = random.uniform(-2.0, 2.0, (5, 1)).astype("float32")
    experience = Experience(
        np.concatenate([observation, observation[:1]]), action, np.ones(5), [5], [False]
    )
    mean, log_scale = np.split(agent.actor(observation).numpy(), 2, axis=-1)
    # In units of half the range of actions.
    mean, scale = 2.0 * mean, 2.0 * np.exp(log_scale)
    square = np.square((action - mean) / scale)
    expected = np.mean(0.5 * square + np.log(scale) + 0.5 * np.log(2.0 * np.pi))
    loss = BehavioralCloning(agent, experience).loss(
        tf.constant(observation), tf.constant(action)
    )
    assert float(loss) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", AGENTS)
def test_learns_to_act_as_recorded(name):
    agent = cart_pole_agent(AGENTS[name])
    experience = leaning()
    critic = values(agent.critic)
    before = values(agent.actor)
    history = clone(agent, experience, epochs=2)
    assert differ(values(agent.actor), before)
    assert_same(values(agent.critic), critic)
    assert history["cloning_loss"][1] < history["cloning_loss"][0] < np.log(2.0)
    actions = agent.predict(experience.transitions().observation)
    assert np.mean(actions == experience.actions) > 0.9
    assert history["environment_steps"] == [0, 0]


def test_goes_on_exactly_and_then_trains_by_its_reward(tmp_path):
    agent = cart_pole_agent()
    clone(agent, steps=5)
    agent.save(tmp_path / "agent.keras")
    loaded = PPO.load(tmp_path / "agent.keras")
    for each in agent, loaded:
        clone(each, steps=5)
        history = each.fit(steps_per_epoch=12, verbose=0).history
        assert "cloning_loss" not in history and "policy_loss" in history
    assert_same(values(agent), values(loaded))


def test_compiled_it_does_the_same():
    agents = [cart_pole_agent() for _ in range(2)]
    agents[1].compile(keras.optimizers.Adam(1e-2))
    for agent in agents:
        clone(agent, steps=3)
    for first, second in zip(*(values(a.actor) for a in agents), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-3, atol=1e-5)


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="Pass `loss='cloning'`"):
        cart_pole_agent().fit(experience=leaning(), verbose=0)
    with pytest.raises(ValueError, match="its models are recurrent"):
        clone(some_agent())
    with pytest.raises(ValueError, match="actions"):
        clone(cart_pole_agent(), leaning(4, actions=np.array([0, 1, 2, 1])))
    off_policy = value_agents.cart_pole_agent(value_agents.DQN)
    with pytest.raises(ValueError, match="by its own loss"):
        clone(off_policy)
    sarsa = value_agents.cart_pole_agent(value_agents.Sarsa, environment=CartPole())
    with pytest.raises(ValueError, match="Use `DQN`"):
        clone(sarsa)
