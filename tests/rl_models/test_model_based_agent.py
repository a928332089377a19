import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import planning
from keras_rlgen.agents import PPO, Planner
from keras_rlgen.callbacks import StopAtReturn
from keras_rlgen.rl_models import ModelBasedAgent
from keras_rlgen.world_models import WorldModel
from tests.agents.toys import mlp
from tests.without_xla import without_xla
from tests.world_models.toys import Slide, make_world


def make_agent(environment=None, gamma=0.9):
    return PPO(
        mlp(2, inputs=2, seed=1),
        mlp(1, inputs=2, seed=3),
        environment=Slide() if environment is None else environment,
        num_environments=4,
        steps_per_update=8,
        gamma=gamma,
        seed=0,
    )


def make_planner(world, **kwargs):
    search = planning.GumbelSearch(num_simulations=4)
    kwargs = {"environment": Slide(), "gamma": 0.9, "seed": 0, **kwargs}
    return Planner(world, search, **kwargs)


def make_learner(with_planner=True):
    agent, world = make_agent(), make_world()
    planner = None
    if with_planner:
        planner = make_planner(world, policy=agent.actor, value=agent.critic)
    learner = ModelBasedAgent(world, agent, planner, num_environments=3, name="own")
    learner.compile(
        keras.optimizers.SGD(1e-2),
        keras.optimizers.Adam(1e-2),
        real_steps=60,
        imagined_steps=64,
        model_steps=16,
        batch_size=16,
        window=2,
        jit_compile=False,
    )
    return learner


@pytest.fixture(scope="module", autouse=True)
def no_xla():
    with pytest.MonkeyPatch.context() as patch:
        without_xla(patch)
        yield


@pytest.fixture(scope="module")
def trained():
    learner = make_learner()
    learner.logs_of_fit = learner.fit(
        epochs=2, validation_freq=2, validation_episodes=2, verbose=0
    ).history
    return learner


def test_rounds(trained):
    logs = trained.logs_of_fit
    assert len(logs["policy_loss"]) == 2
    assert logs["environment_steps"][-1] == trained.environment_steps
    assert len(trained.experience) == trained.environment_steps
    assert 100 < trained.environment_steps <= 120
    assert 100 < trained.imagined_steps <= 128
    assert trained.acting is trained.planner
    assert all(np.isfinite(values).all() for values in logs.values())
    assert {"model_loss", "model_dynamics_loss", "imagined_return"} <= set(logs)
    assert len(logs["val_mean_return"]) == 1
    assert "mean_return" in logs  # Episodes of at most 20 steps ended in 20 steps.


def test_what_it_delegates(trained, tmp_path):
    observations = np.zeros((3, 2), "float32")
    np.testing.assert_array_equal(
        trained.predict(observations), trained.planner.predict(observations)
    )
    np.testing.assert_array_equal(trained(tf.constant(observations)).shape, (3,))
    trained.export(tmp_path / "policy")
    exported = tf.saved_model.load(str(tmp_path / "policy"))
    assert "action" in exported.signatures


def test_a_file_goes_on(trained, tmp_path):
    trained.save(tmp_path / "learner.keras")
    loaded = keras.saving.load_model(tmp_path / "learner.keras")
    assert loaded.name == "own" and loaded.num_environments == 3
    assert loaded.planner.model is loaded.world
    assert loaded.planner.prior_network is loaded.agent.actor
    assert loaded.planner.value_network is loaded.agent.critic
    np.testing.assert_array_equal(loaded.experience.rewards, trained.experience.rewards)
    assert loaded.environment_steps == trained.environment_steps
    actions = np.ones((2, 3), "int32")
    starts = trained.experience.observations[:2]
    np.testing.assert_allclose(
        loaded.world.imagine(actions, observations=starts).observation,
        trained.world.imagine(actions, observations=starts).observation,
        rtol=1e-5,
    )
    loaded.fit(verbose=0)
    assert len(loaded.experience) == loaded.environment_steps > 120
    assert loaded.get_compile_config()["real_steps"] == 60


def test_an_agent_alone_stops_at_its_return():
    learner = make_learner(with_planner=False)
    assert learner.acting is learner.agent
    stop = StopAtReturn(-1e9)
    history = learner.fit(
        epochs=5, validation_freq=1, validation_episodes=2, callbacks=[stop], verbose=0
    )
    assert stop.stopped_epoch == 0
    assert len(history.epoch) == 1


def test_a_planner_alone_begins_at_random():
    world = make_world()
    learner = ModelBasedAgent(world, planner=make_planner(world), num_environments=2)
    learner.compile(real_steps=40, model_steps=1, batch_size=4, window=1)
    learner.fit(verbose=0)
    assert 0.2 < np.mean(learner.experience.actions) < 0.8
    assert learner.imagined_steps == 0
    with pytest.raises(ValueError, match="as there is none"):
        learner.compile(reward="environment")


def test_errors():
    agent, world = make_agent(), make_world()
    with pytest.raises(TypeError, match="`world` to be a `WorldModel`"):
        ModelBasedAgent(agent, agent)
    with pytest.raises(TypeError, match="`agent` to be a `Agent`"):
        ModelBasedAgent(world, world)
    with pytest.raises(ValueError, match="something has to act"):
        ModelBasedAgent(world)
    with pytest.raises(ValueError, match="plans in `world`"):
        ModelBasedAgent(make_world(), planner=make_planner(world))
    with pytest.raises(ValueError, match="the same discount"):
        ModelBasedAgent(world, make_agent(gamma=0.5), make_planner(world))
    with pytest.raises(ValueError, match="real environment"):
        ModelBasedAgent(world, planner=make_planner(world, environment=None))
    learner = ModelBasedAgent(world, agent)
    with pytest.raises(ValueError, match="Call `compile"):
        learner.fit()
    with pytest.raises(ValueError, match="`real_steps` to be a positive integer"):
        learner.compile(real_steps=0)
    assert isinstance(learner.world, WorldModel)
