import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import PPO, ActorCritic, tf_agents
from keras_rlgen.environments import CartPole
from tests.agents.on_policy import cart_pole_agent, collect, fit, pendulum_agent
from tests.agents.toys import mlp
from tests.networks import assert_same, differ, values

EVERYTHING = {
    "epochs": 2,
    "minibatch_size": 20,
    "kl_penalty_target": 0.01,
    "gamma": 0.9,
    "gae_lambda": 0.7,
    "entropy_weight": 0.01,
    "value_weight": 0.3,
    "value_clip": 0.2,
    "normalize_observations": True,
    "normalize_rewards": True,
    "normalize_advantages": False,
}


def test_each_frame_is_dealt_once_an_epoch():
    agent = cart_pole_agent(epochs=3, minibatch_size=10, compiled=False)
    minibatches = agent._minibatch_indices(36).numpy()
    assert minibatches.shape == (3 * 4, 9)
    orders = minibatches.reshape(3, 36)
    np.testing.assert_array_equal(np.sort(orders, axis=1), [np.arange(36)] * 3)
    assert differ(orders[:1], orders[1:2])
    np.testing.assert_array_equal(agent._minibatch_indices(36), minibatches)
    agent._vector_steps.assign_add(12)
    assert differ(agent._minibatch_indices(36).numpy(), minibatches)


def test_frames_that_do_not_fill_the_minibatches():
    agent = cart_pole_agent(epochs=1, minibatch_size=10, compiled=False)
    minibatches = agent._minibatch_indices(37).numpy()
    assert minibatches.shape == (4, 10)
    # The number of frames stands for none.
    expected = [*range(37), 37, 37, 37]
    np.testing.assert_array_equal(np.sort(minibatches, axis=None), expected)


def test_one_minibatch_makes_it_actor_critic():
    """Huang et al., 2022: with one epoch, A2C is a case of PPO."""
    options = {"normalize_advantages": True, "entropy_weight": 0.1}
    agents = (
        cart_pole_agent(epochs=1, minibatch_size=40, **options),
        cart_pole_agent(ActorCritic, **options),
    )
    for agent in agents:
        fit(agent)
    for part in ("actor", "critic"):
        assert_same(
            *(values(getattr(agent, part)) for agent in agents), rtol=1e-4, atol=1e-6
        )


def test_updates_are_those_of_tf_agents():
    agent = cart_pole_agent(epochs=3, minibatch_size=10)
    assert isinstance(agent.tf_agent, tf_agents.agents.PPOClipAgent)
    history = fit(agent)
    assert agent.tf_agent.train_step_counter == 3 * 4
    assert 0.0 < history["approximate_kl"][0] < 0.1
    assert 0.0 <= history["clip_fraction"][0] <= 1.0


def test_divergence_instead_of_a_clip():
    agent = cart_pole_agent(kl_penalty_target=1e-6, epochs=3)
    assert isinstance(agent.tf_agent, tf_agents.agents.PPOKLPenaltyAgent)
    history = fit(agent, epochs=2)
    assert "clip_fraction" not in history
    # Of a target that is far too low, the weight grows by half in each round.
    np.testing.assert_allclose(agent.tf_agent._adaptive_kl_beta, 1.5**2, rtol=1e-6)


def test_it_goes_on_exactly_with_everything(tmp_path):
    agent = pendulum_agent(**EVERYTHING | {"entropy_weight": 0.0}, squash=True)
    fit(agent)
    agent.save(tmp_path / "agent.keras")
    loaded = PPO.load(tmp_path / "agent.keras")
    for name, value in EVERYTHING.items():
        assert getattr(loaded, name) == (0.0 if name == "entropy_weight" else value)
    for each in (agent, loaded):
        fit(each)
    assert_same(values(agent.actor), values(loaded.actor))
    assert_same(values(agent.critic), values(loaded.critic))
    states = [
        [v.numpy() for v in (*a.counters.values(), *a.tf_agent.variables)]
        for a in (agent, loaded)
    ]
    assert_same(*states)


def test_ratios_are_1_before_the_first_update():
    """What acted is what is updated, normalisers and all."""
    agent = cart_pole_agent(normalize_observations=True)
    fit(agent)
    frames, observation = collect(agent)
    experience = agent.with_advantages(frames, observation)
    weights = tf.ones_like(frames.reward)
    update = agent.tf_agent.train(experience, weights).extra
    np.testing.assert_allclose(update.approximate_kl, 0.0, atol=1e-6)
    assert update.clip_fraction == 0.0


def test_it_learns():
    agent = PPO(
        mlp(2, 4, units=32),
        mlp(1, 4, units=32, seed=5),
        environment=CartPole(max_episode_steps=100),
        steps_per_update=64,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(3e-3), jit_compile=False)
    before = agent.evaluate(64, seed=1, verbose=0)["mean_return"]
    agent.fit(steps_per_epoch=1280, verbose=0)
    after = agent.evaluate(64, seed=1, verbose=0)
    assert before < 60.0 < 90.0 < after["mean_return"]


def test_export(tmp_path):
    agent = cart_pole_agent(normalize_observations=True)
    fit(agent)
    agent.export(tmp_path / "policy")
    observations = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
    policy = tf.saved_model.load(tmp_path / "policy")
    step = tf_agents.trajectories.restart(tf.constant(observations), 40)
    actions = policy.action(step).action
    np.testing.assert_array_equal(actions, agent.predict(observations))
    assert set(actions.numpy()) == {0, 1}


@pytest.mark.parametrize("name", ["clip_ratio", "kl_penalty_target", "value_clip"])
def test_numbers_out_of_range(name):
    with pytest.raises(ValueError, match=f"Expected `{name}` > 0. Received: -0.1"):
        cart_pole_agent(**{name: -0.1})


@pytest.mark.parametrize("name", ["epochs", "minibatch_size"])
def test_counts_out_of_range(name):
    with pytest.raises(ValueError, match=f"Expected `{name}` to be a positive integer"):
        cart_pole_agent(**{name: 0})


def test_minibatches_of_one_have_no_normalised_advantage():
    with pytest.raises(ValueError, match="every advantage is zero"):
        cart_pole_agent(minibatch_size=1, compiled=False)
    cart_pole_agent(minibatch_size=1, normalize_advantages=False, compiled=False)


@pytest.mark.parametrize("name", ["clip_ratio", "gae_lambda", "gamma", "value_weight"])
def test_strings_for_numbers(name):
    with pytest.raises(ValueError, match=name):
        cart_pole_agent(**{name: "0.2"}, compiled=False)
