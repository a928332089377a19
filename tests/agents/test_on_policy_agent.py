"""What all on-policy agents do: act, learn, go on after a load, refuse bad input."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.loop.frame_stream import Collected
from keras_rlgen.environments import CartPole, GridWorld
from tests.agents.on_policy import (
    AGENTS,
    cart_pole_agent,
    collect,
    compile_agent,
    fit,
    pendulum_agent,
)
from tests.agents.toys import StepType, mlp
from tests.networks import assert_same, differ, values

layers = keras.layers
every_agent = pytest.mark.parametrize("name", AGENTS)


def shared_models():
    x = layers.Input((4,))
    trunk = layers.Dense(8, "tanh")
    hidden = trunk(x)
    outputs = layers.Dense(2)(hidden), layers.Dense(1)(hidden)
    return trunk, x, outputs


@every_agent
def test_fit_learns_and_goes_on_exactly_after_a_load(name, tmp_path):
    agent = cart_pole_agent(AGENTS[name])
    before = values(agent.actor), values(agent.critic)
    history = fit(agent, steps=20)
    assert differ(values(agent.actor), before[0])
    assert differ(values(agent.critic), before[1])
    assert {"mean_return", "episode_length", "policy_loss", "entropy"} <= set(history)
    assert all(np.isfinite(v).all() for v in history.values())
    # 20 steps are rounded up to 2 rounds of 12; ends of episodes are no steps.
    assert 3 * 19 < history["environment_steps"][0] < 3 * 24
    agent.save(tmp_path / "agent.keras")
    loaded = AGENTS[name].load(tmp_path / "agent.keras")
    histories = [fit(a) for a in (agent, loaded)]
    for key in histories[0]:
        if key != "environment_steps_per_second":
            np.testing.assert_array_equal(histories[0][key], histories[1][key], key)
    for part in ("actor", "critic", "optimizer"):
        assert_same(values(getattr(agent, part)), values(getattr(loaded, part)))


@pytest.mark.parametrize(
    "name, squash",
    [("PPO", False), ("PPO", True), ("ActorCritic", False), ("Reinforce", True)],
)
def test_continuous_actions(name, squash):
    agent = pendulum_agent(AGENTS[name], squash=squash)
    before = values(agent.actor)
    history = fit(agent)
    assert np.isfinite(history["entropy"]).all()
    assert differ(values(agent.actor), before)
    actions = agent.predict(100.0 * np.random.default_rng(0).normal(size=(50, 3)))
    assert actions.shape == (50, 1) and np.all(np.abs(actions) <= 2.0)


def test_gymnasium():
    agent = cart_pole_agent(environment="CartPole-v1")
    before = values(agent.actor)
    history = fit(agent, epochs=2)
    assert np.isfinite(history["policy_loss"]).all()
    assert differ(values(agent.actor), before)


@pytest.mark.parametrize("outputs", ["two models", "two outputs"])
def test_a_shared_trunk_stays_shared(outputs, tmp_path):
    trunk, x, (logits, value) = shared_models()
    if outputs == "two models":
        models = keras.Model(x, logits), keras.Model(x, value)
    else:
        models = (keras.Model(x, [logits, value]),)
    options = {"num_environments": 3, "steps_per_update": 12, "seed": 0}
    agent = compile_agent(
        AGENTS["ActorCritic"](*models, environment=CartPole(7), **options)
    )
    before = values(trunk)
    fit(agent)
    assert differ(values(trunk), before)
    agent.save(tmp_path / "agent.keras")
    loaded = AGENTS["ActorCritic"].load(tmp_path / "agent.keras")
    assert loaded.actor.layers[1] is loaded.critic.layers[1]
    fit(agent), fit(loaded)
    assert_same(values(agent.actor), values(loaded.actor))
    assert_same(values(agent.critic), values(loaded.critic))


def test_the_same_seed_gives_the_same_actions():
    first, again, other = (
        collect(cart_pole_agent(seed=seed, compiled=False))[0].action
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_actions_are_drawn_from_the_policy():
    agent = cart_pole_agent(num_environments=512, steps_per_update=8, compiled=False)
    # Of logits that depend on nothing, the probability is known.
    agent.actor.layers[-1].kernel.assign(tf.zeros((8, 2)))
    agent.actor.layers[-1].bias.assign([0.0, 1.0])
    frames, _ = collect(agent)
    expected, count = 1 / (1 + np.exp(-1)), 512 * 8
    error = np.mean(frames.action) - expected
    assert abs(error) < 4 * np.sqrt(expected * (1 - expected) / count)


def test_frames_follow_on_one_another():
    agent = cart_pole_agent(compiled=False)
    _, observation = collect(agent)
    frames, _ = collect(agent)
    np.testing.assert_array_equal(frames.observation[:, 0], observation)


@every_agent
def test_a_loss_that_is_not_finite_stops_training(name):
    agent = cart_pole_agent(AGENTS[name])
    agent.critic.layers[-1].bias.assign([np.nan])
    before = values(agent.actor)
    with pytest.raises(FloatingPointError, match="not finite"):
        fit(agent)
    assert_same(values(agent.actor), before)


@pytest.mark.parametrize("name", ["PPO", "Reinforce"])
def test_xla_learns_what_the_interpreter_does(name):
    """Of the same frames: under XLA, other actions are drawn."""
    agents = [cart_pole_agent(AGENTS[name]) for _ in range(2)]
    frames, observation = collect(agents[0])
    improve = tf.function(agents[1]._improve, autograph=False, jit_compile=True)
    agents[1]._vector_steps.assign(agents[0]._vector_steps)
    collected = Collected(frames, observation, ())
    collected = *collected, agents[0]._order(collected)
    logs = agents[0]._improve(*collected), improve(*collected)
    for key in logs[0]:
        np.testing.assert_allclose(logs[0][key], logs[1][key], rtol=1e-3, atol=1e-4)
    actors = [values(agent.actor) for agent in agents]
    assert_same(*actors, rtol=1e-3, atol=1e-4)


def test_many_actions():
    environment = GridWorld(["S.", ".G"], max_episode_steps=4)
    agent = AGENTS["PPO"](
        mlp(4, 4), mlp(1, 4), environment=environment, steps_per_update=8, seed=0
    )
    frames, _ = collect(agent)
    assert np.any(frames.step_type == StepType.LAST)
    assert agent.predict(np.eye(4)).shape == (4,)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"steps_per_update": 1}, "steps_per_update"),
        ({"steps_per_update": 2.0}, "steps_per_update"),
        ({"gamma": 1.5}, "gamma"),
        ({"entropy_weight": -0.1}, "entropy_weight"),
        ({"value_weight": 0.0}, "value_weight"),
        ({"num_environments": 0}, "num_environments"),
    ],
)
@every_agent
def test_arguments_out_of_range(name, options, message):
    with pytest.raises(ValueError, match=message):
        cart_pole_agent(AGENTS[name], **options)


@every_agent
def test_networks_that_do_not_fit(name):
    arguments = {"environment": CartPole(), "seed": 0}
    with pytest.raises(ValueError, match="logits of the 2 actions"):
        AGENTS[name](mlp(3, 4), mlp(1, 4), **arguments)
    with pytest.raises(ValueError, match="value of each observation"):
        AGENTS[name](mlp(2, 4), mlp(2, 4), **arguments)
    with pytest.raises(ValueError, match="could not call the model"):
        AGENTS[name](mlp(2, 5), mlp(1, 4), **arguments)


def test_squashing_what_cannot_be():
    with pytest.raises(ValueError, match="continuous actions"):
        cart_pole_agent(squash=True)
    with pytest.raises(ValueError, match="entropy_weight=0"):
        pendulum_agent(squash=True, entropy_weight=0.1)


def test_fit_before_compile():
    with pytest.raises(ValueError, match="compile"):
        fit(cart_pole_agent(compiled=False))


def test_loading_another_agent(tmp_path):
    cart_pole_agent(AGENTS["PPO"]).save(tmp_path / "agent.keras")
    with pytest.raises(ValueError, match="`ActorCritic`.*`PPO`"):
        AGENTS["ActorCritic"].load(tmp_path / "agent.keras")
