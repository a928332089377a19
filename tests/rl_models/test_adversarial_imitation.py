import keras
import numpy as np
import pytest

import keras_rlgen as rlgen
from keras_rlgen.agents import DQN, PPO
from keras_rlgen.environments import CartPole, FixedHorizonCartPole
from keras_rlgen.rewards import Imitation
from keras_rlgen.rl_models import AdversarialImitation
from tests.agents.control import pendulum_agent
from tests.agents.toys import mlp
from tests.agents.values import cart_pole_agent
from tests.networks import assert_same, differ, values

HORIZON = 7


def demonstrations(terminated=False):
    """Episodes of an expert that always takes action 1."""
    random = np.random.default_rng(0)
    return rlgen.Experience(
        observations=random.normal(size=(16, 4)),
        actions=np.ones(14, "int32"),
        rewards=np.zeros(14),
        lengths=[7, 7],
        terminated=[terminated, False],
    )


def dqn(environment=None):
    environment = environment or FixedHorizonCartPole(HORIZON)
    return cart_pole_agent(DQN, environment=environment, compiled=False)


def ppo():
    return PPO(
        mlp(2, 4),
        mlp(1, 4, seed=3),
        environment=FixedHorizonCartPole(HORIZON),
        num_environments=2,
        steps_per_update=8,
        epochs=1,
        minibatch_size=16,
        seed=0,
    )


def compiled(agent, experts=None, **kwargs):
    options = {"updates": 2, "batch_size": 8, "seed": 0}
    imitation = AdversarialImitation(
        agent, experts or demonstrations(), **{**options, **kwargs}
    )
    imitation.compile(
        keras.optimizers.Adam(1e-2),
        discriminator_optimizer=keras.optimizers.Adam(2e-2),
        run_eagerly=True,
    )
    return imitation


def test_the_agent_learns_from_the_discriminator():
    imitation = compiled(dqn(), kind="logit")
    assert isinstance(imitation.agent.reward, Imitation)
    assert imitation.reward is imitation.agent.reward
    assert float(imitation.reward.optimizer.learning_rate) == pytest.approx(2e-2)
    networks = imitation.agent.q_network, imitation.discriminator
    before = [values(network) for network in networks]
    logs = imitation.fit(steps_per_epoch=8, verbose=0).history
    assert {"reward_imitation", "imitation_loss"} <= set(logs)
    assert all(differ(values(x), y) for x, y in zip(networks, before, strict=True))
    assert imitation.evaluate(episodes=3, verbose=0)["episodes"] == 3
    actions = imitation.predict(np.zeros((5, 4), "float32"))
    assert actions.shape == imitation(np.zeros((5, 4), "float32")).shape == (5,)


def test_absorbing_states_get_the_agents_discount():
    options = {"absorbing": True, "shaping": mlp(1, 5)}
    agent = dqn(CartPole(HORIZON))
    imitation = compiled(agent, demonstrations(terminated=True), **options)
    assert imitation.reward.gamma == agent.gamma
    assert imitation.discriminator.input_shape == (None, 7)
    imitation.fit(steps_per_epoch=8, verbose=0)


def test_cloning_comes_first():
    imitation = compiled(ppo())
    observations = demonstrations().transitions().observation
    imitation.agent.optimizer.learning_rate = 0.1
    imitation.fit(epochs=0, cloning_updates=20)
    assert (imitation.predict(observations) == 1).mean() > 0.9
    with pytest.raises(ValueError, match="`cloning_updates=0`: a `DQN`"):
        compiled(dqn()).fit(cloning_updates=5)


def test_a_saved_model_continues_exactly(tmp_path):
    imitation = compiled(dqn(), input_noise=0.1, penalty=None)
    imitation.fit(steps_per_epoch=8, verbose=0)
    imitation.save(tmp_path / "imitation.keras")
    again = keras.saving.load_model(tmp_path / "imitation.keras")
    assert again.options == imitation.options
    assert again.discriminator is again.agent.reward.discriminator
    for name in "observations", "actions", "rewards", "lengths", "terminated":
        expected = getattr(imitation.experts, name)
        np.testing.assert_array_equal(getattr(again.experts, name), expected)
    for model in imitation, again:
        model.fit(epochs=1, steps_per_epoch=8, verbose=0)
    assert_same(values(again), values(imitation))
    assert int(again.agent.environment_steps) == int(imitation.agent.environment_steps)


def test_a_model_saved_before_it_is_compiled(tmp_path):
    imitation = AdversarialImitation(dqn(), demonstrations(), kind="log_score")
    with pytest.raises(ValueError, match=r"`compile\(\)` before `fit\(\)`"):
        imitation.fit()
    imitation.save(tmp_path / "imitation.keras")
    again = keras.saving.load_model(tmp_path / "imitation.keras")
    assert_same(values(again.discriminator), values(imitation.discriminator))
    again.compile(run_eagerly=True)
    assert again.reward.kind == "log_score"


def test_export(tmp_path):
    imitation = compiled(dqn())
    imitation.export(tmp_path / "policy")
    assert (tmp_path / "policy" / "saved_model.pb").exists()


def test_controls(capsys):
    imitation = compiled(dqn())
    before = values(imitation)
    table = imitation.controls(steps_per_epoch=8, cloning_updates=5, episodes=2)
    rows = ["imitation", "cloning", "constant", "random_network"]
    assert list(table) == rows
    assert all(row["episodes"] == 2 for row in table.values())
    assert_same(values(imitation), before)
    printed = capsys.readouterr().out
    assert all(row in printed for row in [*rows, "mean_return"])


def test_bad_input():
    with pytest.raises(TypeError, match="`agent` to be an agent"):
        AdversarialImitation(mlp(2, 4), demonstrations())
    with pytest.raises(TypeError, match="`experts` to be an `Experience`"):
        AdversarialImitation(dqn(), [1, 2])
    with pytest.raises(ValueError, match="`observations` of shape"):
        AdversarialImitation(pendulum_agent(compiled=False), demonstrations())
    with pytest.raises(ValueError, match="1 of 2 that do"):
        AdversarialImitation(dqn(), demonstrations(terminated=True))
    network = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")])
    with pytest.raises(ValueError, match="activation 'sigmoid'"):
        AdversarialImitation(dqn(), demonstrations(), network)
