import keras

from keras_rlgen.agents import ActorCritic
from keras_rlgen.environments import CartPole
from tests.agents.on_policy import cart_pole_agent, fit
from tests.agents.toys import mlp


def test_one_update_for_each_rollout():
    agent = cart_pole_agent(ActorCritic)
    history = fit(agent, steps=36)
    assert agent.tf_agent.train_step_counter == 3
    assert not {"approximate_kl", "clip_fraction"} & set(history)
    assert {"policy_loss", "value_loss", "explained_variance"} <= set(history)


def test_it_learns():
    agent = ActorCritic(
        mlp(2, 4, units=32),
        mlp(1, 4, units=32, seed=5),
        environment=CartPole(max_episode_steps=100),
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(1e-2, global_clipnorm=0.5), jit_compile=False)
    before = agent.evaluate(64, seed=1, verbose=0)["mean_return"]
    agent.fit(steps_per_epoch=1600, verbose=0)
    after = agent.evaluate(64, seed=1, verbose=0)["mean_return"]
    assert before < 60.0 < 90.0 < after


def test_config():
    agent = cart_pole_agent(
        ActorCritic, gae_lambda=0.5, normalize_advantages=True, compiled=False
    )
    again = ActorCritic.from_config(agent.get_config())
    assert again.get_config() == agent.get_config()
    assert again.gae_lambda == 0.5 and again.normalize_advantages
