import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import SAC
from keras_rlgen.environments import CartPole, Pendulum
from tests.agents.control import Aim, critic_model, pendulum_agent
from tests.agents.rounds import collected
from tests.agents.toys import mlp
from tests.agents.values import fit
from tests.networks import assert_same, differ, values

Adam = keras.optimizers.Adam
PARTS = (
    "actor",
    "critic",
    "critic_2",
    "target_critic",
    "target_critic_2",
    "optimizer",
)


def test_fit_learns_and_goes_on_exactly_after_a_load(tmp_path):
    agent = pendulum_agent()
    before = [values(getattr(agent, part)) for part in PARTS[:-1]]
    history = fit(agent, steps=16)
    for part, value in zip(PARTS, before, strict=False):
        assert differ(values(getattr(agent, part)), value), part
    assert agent.log_alpha != 0.0
    logged = {"loss", "critic_loss", "actor_loss", "alpha", "entropy", "mean_q"}
    assert logged | {"mean_return", "environment_steps"} <= set(history)
    assert all(np.isfinite(v).all() for v in history.values())
    agent.save(tmp_path / "agent.keras")
    loaded = SAC.load(tmp_path / "agent.keras")
    histories = [fit(a, initial_epoch=1, epochs=2) for a in (agent, loaded)]
    for key in histories[0]:
        if key != "environment_steps_per_second":
            np.testing.assert_array_equal(histories[0][key], histories[1][key], key)
    for part in PARTS:
        assert_same(values(getattr(agent, part)), values(getattr(loaded, part)))
    assert agent.log_alpha == loaded.log_alpha


def test_xla_learns_what_the_interpreter_does():
    """Of the same frames: under XLA, other actions are drawn."""
    agents = [pendulum_agent() for _ in range(2)]
    agents[0]._learn(collected(agents[0]))
    runs = agents[0].replay_buffer.sample(3, 5, 2, seed=(0, 1))
    # A temperature near zero: what is drawn hardly counts.
    for agent in agents:
        agent.log_alpha.assign(-30.0)
        agent.actor.layers[-1].bias.assign([0.0, -20.0])
    agents[0]._make_updates(runs)
    tf.function(agents[1]._make_updates, autograph=False, jit_compile=True)(runs)
    for part in PARTS[:-1]:
        first, second = (values(getattr(agent, part)) for agent in agents)
        assert_same(first, second, rtol=1e-3, atol=1e-4)


def test_gymnasium():
    agent = pendulum_agent(environment="Pendulum-v1")
    before = values(agent.actor)
    assert np.isfinite(fit(agent, steps=12)["critic_loss"]).all()
    assert differ(values(agent.actor), before)


def test_draws_uniformly_before_it_learns():
    agent = pendulum_agent(
        num_environments=64, warm_up_steps=512, collect_steps=8, replay_capacity=600
    )
    agent.actor.layers[-1].bias.assign([1.0, -20.0])
    agent.actor.layers[-1].kernel.assign(tf.zeros((8, 2)))
    actions = collected(agent).frames.action.numpy()
    assert abs(np.mean(actions)) < 0.3 and np.std(actions) > 1.0
    actions = collected(agent).frames.action.numpy()
    np.testing.assert_allclose(actions, 2.0 * np.tanh(1.0), rtol=1e-4)


def test_takes_the_middle_of_the_policy(tmp_path):
    agent = pendulum_agent(compiled=False)
    observations = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    expected = 2.0 * np.tanh(agent.actor(observations)[:, :1])
    np.testing.assert_allclose(agent.predict(observations), expected, rtol=1e-5)
    agent.export(tmp_path / "policy")
    policy = tf.saved_model.load(tmp_path / "policy")
    step = agent.tf_agent.time_step_spec._replace(
        step_type=tf.zeros(32, tf.int32),
        reward=tf.zeros(32),
        discount=tf.ones(32),
        observation=tf.constant(observations),
    )
    np.testing.assert_allclose(policy.action(step).action, expected, rtol=1e-5)


def test_target_entropy_does_not_depend_on_the_unit_of_actions():
    entropies = []
    for environment in (Pendulum(7), Aim()):
        size = environment.observation_shape[0]
        agent = SAC(
            mlp(2, size), critic_model(size, 1), environment=environment, seed=0
        )
        assert agent.target_entropy == -1.0
        half_range = float(environment.action.high[0] - environment.action.low[0]) / 2
        entropies.append(agent.tf_agent._target_entropy - np.log(half_range))
    np.testing.assert_allclose(entropies, -1.0, rtol=1e-6)


def test_logs_the_entropy_of_the_policy():
    agent = pendulum_agent(batch_size=4000, replay_capacity=30)
    agent.actor.layers[-1].kernel.assign(tf.zeros((8, 2)))
    agent.actor.layers[-1].bias.assign([0.0, np.log(0.1)])
    runs = collected(agent).frames
    runs = tf.nest.map_structure(lambda x: tf.repeat(x[:, :2], 2000, axis=0), runs)
    agent._track(runs)
    # Of so narrow a normal distribution, `tanh` is nearly the identity.
    expected = 0.5 * np.log(2 * np.pi * np.e) + np.log(0.1)
    assert abs(agent.get_metrics_result()["entropy"] - expected) < 0.03


def test_optimizers():
    agent = pendulum_agent(compiled=False)
    agent.compile(Adam(1e-2), alpha_optimizer=keras.optimizers.SGD(1e-3))
    assert [type(o) for o in agent.optimizer.members] == [
        Adam,
        Adam,
        keras.optimizers.SGD,
    ]
    assert len({id(o) for o in agent.optimizer.members}) == 3
    agent.optimizer.learning_rate = 2e-2
    rates = [float(o.learning_rate) for o in agent.optimizer.members]
    np.testing.assert_allclose(rates, [2e-2, 2e-2, 2e-3], rtol=1e-5)


def test_each_network_has_an_optimizer_of_its_own():
    agent, optimizer = pendulum_agent(compiled=False), Adam()
    for others in (
        {"critic_optimizer": optimizer},
        {"alpha_optimizer": optimizer},
    ):
        with pytest.raises(ValueError, match="Received the same instance twice"):
            agent.compile(optimizer, **others)
    with pytest.raises(ValueError, match="the critics and the temperature"):
        agent.compile(Adam(), critic_optimizer=optimizer, alpha_optimizer=optimizer)


def test_arguments_that_are_not_defaults_are_saved():
    options = {
        "gamma": 0.8,
        "target_entropy": -0.5,
        "initial_alpha": 0.3,
        "target_update_tau": 0.1,
        "target_update_period": 3,
    }
    second = critic_model(3, 1, units=4)
    agent = pendulum_agent(compiled=False, critic_2=second, **options)
    assert agent.critic_2 is second
    config = agent.get_config()
    assert {**config, **options} == config
    loaded = SAC.from_config(config)
    assert loaded.critic_2.count_params() == second.count_params()
    networks = {"actor": None, "critic": None, "critic_2": None}
    assert {**loaded.get_config(), **networks} == {**config, **networks}
    assert float(agent.log_alpha) == pytest.approx(np.log(0.3))


def test_critics_start_from_different_weights():
    agent = pendulum_agent(compiled=False)
    assert differ(values(agent.critic), values(agent.critic_2))
    assert_same(values(agent.critic), values(agent.target_critic))
    assert_same(values(agent.critic_2), values(agent.target_critic_2))


def test_networks_and_actions_that_do_not_fit():
    with pytest.raises(ValueError, match="continuous actions.*DQN"):
        SAC(mlp(2, 4), critic_model(4, 1), environment=CartPole())
    with pytest.raises(ValueError, match="1 means, then 1 logarithms"):
        SAC(mlp(3), critic_model(3, 1), environment=Pendulum())
    with pytest.raises(ValueError, match="same lists and dicts"):
        SAC(mlp(2), mlp(1), environment=Pendulum())
    with pytest.raises(ValueError, match="could not call the model"):
        SAC(mlp(2), critic_model(3, 2), environment=Pendulum())
    with pytest.raises(ValueError, match="value of each observation"):
        inputs = critic_model(3, 1).inputs
        two = keras.layers.Dense(2)(keras.layers.Concatenate()(inputs))
        SAC(mlp(2), keras.Model(inputs, two), environment=Pendulum())


@pytest.mark.parametrize(
    "options, message",
    [
        ({"gamma": 0.0}, "gamma"),
        ({"gamma": 1.1}, "gamma"),
        ({"initial_alpha": 0.0}, "initial_alpha"),
        ({"initial_alpha": np.inf}, "initial_alpha"),
        ({"batch_size": 0}, "batch_size"),
    ],
)
def test_arguments_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        pendulum_agent(compiled=False, **options)


def test_a_loss_that_is_not_finite_stops_training():
    agent = pendulum_agent()
    agent.target_critic.layers[-1].bias.assign([np.nan])
    before = values(agent.actor, agent.critic)
    with pytest.raises(FloatingPointError, match="not finite"):
        fit(agent)
    assert_same(values(agent.actor, agent.critic), before)
    assert agent.log_alpha == 0.0


def test_learns_to_aim():
    agent = SAC(
        mlp(2, 1, units=16),
        critic_model(1, 1, units=32),
        environment=Aim(),
        num_environments=8,
        batch_size=64,
        warm_up_steps=200,
        updates_per_step=0.25,
        target_update_tau=0.1,
        seed=0,
    )
    agent.compile(Adam(0.01), jit_compile=False)
    fit(agent, steps=400)
    assert agent.evaluate(60, verbose=0)["mean_return"] > -0.05


def test_two_critics_that_are_one():
    critic = critic_model(3, 1)
    with pytest.raises(ValueError, match="another model than `critic`"):
        SAC(mlp(2, 3), critic, Pendulum(), critic_2=critic)
