"""What all agents of values do: act, learn, go on after a load, refuse bad input."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import DQN, CategoricalDQN, Sarsa
from keras_rlgen.agents.value_based_agent import temporal_difference_loss
from keras_rlgen.environments import CartPole, GridWorld, Pendulum
from tests.agents.values import AGENTS, cart_pole_agent, fit, q_model
from tests.networks import assert_same, differ, values

schedules = keras.optimizers.schedules
every_agent = pytest.mark.parametrize("cls", AGENTS.values(), ids=AGENTS)


@every_agent
def test_fit_learns_and_goes_on_exactly_after_a_load(cls, tmp_path):
    agent = cart_pole_agent(cls, n_step=2)
    before = values(agent.q_network)
    history = fit(agent)
    assert differ(values(agent.q_network), before)
    assert differ(values(agent.target_q_network), before)
    logged = {"mean_return", "loss", "mean_q", "epsilon", "environment_steps"}
    assert logged <= set(history)
    assert all(np.isfinite(v).all() for v in history.values())
    agent.save(tmp_path / "agent.keras")
    loaded = cls.load(tmp_path / "agent.keras")
    histories = [fit(a, initial_epoch=1, epochs=2) for a in (agent, loaded)]
    for key in histories[0]:
        if key != "environment_steps_per_second":
            np.testing.assert_array_equal(histories[0][key], histories[1][key], key)
    for part in ("q_network", "target_q_network", "optimizer"):
        assert_same(values(getattr(agent, part)), values(getattr(loaded, part)))


@every_agent
def test_gymnasium(cls):
    agent = cart_pole_agent(cls, environment="CartPole-v1")
    before = values(agent.q_network)
    assert np.isfinite(fit(agent)["loss"]).all()
    assert differ(values(agent.q_network), before)


@every_agent
def test_takes_the_best_action(cls, tmp_path):
    agent = cart_pole_agent(cls, compiled=False)
    observations = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    outputs = agent.q_network(observations)
    if cls is CategoricalDQN:
        atoms = np.linspace(agent.min_q_value, agent.max_q_value, outputs.shape[-1])
        outputs = np.sum(keras.ops.softmax(outputs) * atoms, axis=-1)
    best = np.argmax(outputs, axis=-1)
    assert len(np.unique(best)) == 2
    np.testing.assert_array_equal(agent.predict(observations), best)
    agent.export(tmp_path / "policy")
    policy = tf.saved_model.load(tmp_path / "policy")
    step = agent.tf_agent.time_step_spec._replace(
        step_type=tf.zeros(32, tf.int32),
        reward=tf.zeros(32),
        discount=tf.ones(32),
        observation=tf.constant(observations),
    )
    np.testing.assert_array_equal(policy.action(step).action, best)


@every_agent
def test_the_same_seed_gives_the_same_run(cls):
    first, again, other = (cart_pole_agent(cls, seed=seed) for seed in (1, 1, 2))
    for agent in (first, again, other):
        fit(agent, steps=4)
    assert_same(values(first.q_network), values(again.q_network))
    assert differ(values(first.q_network), values(other.q_network))


@pytest.mark.parametrize("cls", [CategoricalDQN, Sarsa])
def test_xla_learns_what_the_interpreter_does(cls):
    # Of the same actions, which are drawn.
    agents = [cart_pole_agent(cls, epsilon=1.0) for _ in range(2)]
    agents[1].compile(keras.optimizers.Adam(1e-2), jit_compile=True)
    for agent in agents:
        fit(agent)
    assert_same(*(values(a.q_network) for a in agents), rtol=1e-3, atol=1e-5)


def test_epsilon_falls_with_environment_steps():
    agent = cart_pole_agent(DQN, compiled=False)
    for steps, expected in ((0, 1.0), (5_000, 0.525), (10_000, 0.05), (20_000, 0.05)):
        agent.environment_steps.assign(steps)
        assert float(agent.epsilon()) == pytest.approx(expected)
    agent = cart_pole_agent(
        DQN, compiled=False, epsilon=schedules.ExponentialDecay(0.5, 10, 0.5)
    )
    agent.environment_steps.assign(10)
    assert float(agent.epsilon()) == pytest.approx(0.25)
    assert float(cart_pole_agent(DQN, compiled=False, epsilon=0.3).epsilon()) == (
        pytest.approx(0.3)
    )


@every_agent
def test_arguments_that_are_not_defaults_are_saved(cls):
    options = {
        "n_step": 2,
        "gamma": 0.8,
        "epsilon": schedules.ExponentialDecay(0.5, 10, 0.5),
        "target_update_tau": 0.3,
        "target_update_period": 4,
    }
    if cls is CategoricalDQN:
        options |= {"min_q_value": 0.0, "max_q_value": 3.0, "double": False}
    if cls is DQN:
        options |= {"loss": "huber", "double": False}
    if cls is Sarsa:
        options |= {"loss": "huber", "expected": True, "steps_per_update": 5}
    agent = cart_pole_agent(cls, compiled=False, **options)
    config = agent.get_config()
    assert {**config, **options, "epsilon": config["epsilon"]} == config
    loaded = cls.from_config(config).get_config()
    assert {**loaded, "q_network": None} == {**config, "q_network": None}


@every_agent
def test_networks_and_actions_that_do_not_fit(cls):
    with pytest.raises(ValueError, match="each of the 2 actions"):
        cls(q_model(cls, 3, 4), environment=CartPole())
    with pytest.raises(ValueError, match="could not call the model"):
        cls(q_model(cls, 2, 5), environment=CartPole())
    with pytest.raises(ValueError, match="continuous ones.*SAC"):
        cls(q_model(cls, 2, 3), environment=Pendulum())


@pytest.mark.parametrize(
    "options, message",
    [
        ({"n_step": 0}, "n_step"),
        ({"n_step": 1.0}, "n_step"),
        ({"gamma": 0.0}, "gamma"),
        ({"gamma": 1.1}, "gamma"),
        ({"num_environments": 0}, "num_environments"),
    ],
)
@every_agent
def test_arguments_out_of_range(cls, options, message):
    with pytest.raises(ValueError, match=message):
        cart_pole_agent(cls, compiled=False, **options)


def test_losses():
    targets, predictions = tf.constant([3.0, 0.5]), tf.constant([0.0, 0.0])
    huber = temporal_difference_loss("huber")(targets, predictions)
    np.testing.assert_allclose(huber, [2.5, 0.125])
    squared = temporal_difference_loss("squared")(targets, predictions)
    np.testing.assert_allclose(squared, [9.0, 0.25])
    with pytest.raises(ValueError, match="'huber', 'squared'.*'absolute'"):
        temporal_difference_loss("absolute")


@every_agent
def test_loading_another_agent(cls, tmp_path):
    other = Sarsa if cls is DQN else DQN
    cart_pole_agent(other, compiled=False).save(tmp_path / "agent.keras")
    with pytest.raises(ValueError, match=f"`{cls.__name__}`.*`{other.__name__}`"):
        cls.load(tmp_path / "agent.keras")


@every_agent
def test_a_loss_that_is_not_finite_stops_training(cls):
    agent = cart_pole_agent(cls)
    bias = agent.target_q_network.layers[1].bias
    bias.assign(np.full(bias.shape, np.nan))
    before = values(agent.q_network)
    with pytest.raises(FloatingPointError, match="not finite"):
        fit(agent)
    assert_same(values(agent.q_network), before)


@every_agent
def test_learns_the_way_out_of_a_maze(cls):
    keras.utils.set_random_seed(0)
    environment = GridWorld(["S..", "##.", "G.."], max_episode_steps=20)
    options = {"environment": environment, "epsilon": 0.3, "gamma": 0.9, "seed": 0}
    if cls is Sarsa:
        options |= {"n_step": 1, "steps_per_update": 1}
    else:
        options |= {"num_environments": 4, "warm_up_steps": 50, "collect_steps": 4}
        options |= {"updates_per_step": 0.25, "target_update_tau": 0.1}
        options |= {"target_update_period": 1}
    agent = cls(q_model(cls, 4, 7), **options)
    agent.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    fit(agent, steps=800)
    assert agent.evaluate(4, verbose=0)["mean_return"] == -6.0


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def certain_prior(observation):
    """Allows the first action alone."""
    return tf.zeros_like(observation[:, :2]) + tf.constant([0.0, -50.0])


def test_a_dqn_with_a_temperature_and_a_prior(tmp_path):
    agent = cart_pole_agent(
        DQN, n_step=1, temperature=0.3, log_prior=certain_prior, environment=CartPole(7)
    )
    history = fit(agent)
    assert np.isfinite(history["loss"]).all() and history["epsilon"] == [0.0]
    observations = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    assert not agent.predict(observations).any()
    agent.save(tmp_path / "agent.keras")
    loaded = DQN.load(tmp_path / "agent.keras")
    assert loaded.temperature == 0.3 and loaded.log_prior is certain_prior
    assert (
        fit(agent, initial_epoch=1, epochs=2)["loss"]
        == (fit(loaded, initial_epoch=1, epochs=2)["loss"])
    )


@pytest.mark.parametrize(
    "options, message",
    [
        ({"temperature": 0.0}, "`temperature` above zero"),
        ({"temperature": 1.0}, "Expected n_step=1. Received: n_step=3"),
        ({"temperature": 1.0, "n_step": 1, "epsilon": 0.1}, "out `epsilon`"),
        ({"log_prior": certain_prior}, "needs a `temperature`"),
    ],
)
def test_soft_options_that_do_not_fit(options, message):
    with pytest.raises(ValueError, match=message):
        cart_pole_agent(DQN, compiled=False, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"epsilon": 2.0},
        {"epsilon": "0.1"},
        {"target_update_tau": 0.0},
        {"target_update_tau": float("nan")},
        {"target_update_period": 2.5},
        {"target_update_period": 0},
    ],
)
def test_arguments_with_which_nothing_is_learned(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        cart_pole_agent(DQN, compiled=False, **options)
