import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import Experience
from keras_rlgen.agents import DQN
from keras_rlgen.agents.loop.model_training import fit_model
from keras_rlgen.models import TransitionGAN
from keras_rlgen.rl_models import JointControl
from tests.agents.values import cart_pole_agent
from tests.models.experience.toys import dynamics
from tests.networks import assert_same, differ, values


def joint():
    agent = cart_pole_agent(DQN, compiled=False)
    model = TransitionGAN(specs=agent.specs, seed=0)
    model = JointControl(agent, model, name="joint")
    model.compile(
        keras.optimizers.Adam(1e-2),
        generator_optimizer="sgd",
        model_options={"run_eagerly": True},
        refit_every=20,
        refit_steps=1,
        batch_size=8,
        run_eagerly=True,
    )
    return model


@pytest.fixture(scope="module")
def trained():
    model = joint()
    model.history_ = model.fit(steps_per_epoch=12, verbose=0).history
    return model


def test_three_losses_in_three_columns(trained):
    for name in "loss", "model_generator_loss", "model_discriminator_loss":
        assert np.isfinite(trained.history_[name][-1])
    gate = trained.agent.replay.gate
    assert gate.kind == "weigh" and trained.agent.replay.generator is trained.model
    assert type(trained.model.model.generator_optimizer) is keras.optimizers.SGD


def test_no_gradient_reaches_another_owner(trained):
    agent, gan = trained.agent, trained.model.model
    players = gan.generator, gan.discriminator
    next_fit = agent.replay._next_fit.numpy()
    agent.replay._next_fit.assign(10_000)
    of_gan, of_agent = [values(x) for x in players], values(agent.q_network)
    trained.fit(steps_per_epoch=4, verbose=0)
    for player, before in zip(players, of_gan, strict=True):
        assert_same(before, values(player))
    assert differ(of_agent, values(agent.q_network))
    of_agent = values(agent.q_network)
    fit_model(agent)
    for player, before in zip(players, of_gan, strict=True):
        assert differ(before, values(player))
    assert_same(of_agent, values(agent.q_network))
    agent.replay._next_fit.assign(next_fit)


def test_it_is_evaluated_and_predicts(trained):
    held_out = Experience(
        observations=np.random.default_rng(0).normal(size=(8, 4)),
        actions=np.zeros(6, "int32"),
        rewards=np.ones(6),
        lengths=[3, 3],
        terminated=[True, False],
    )
    scores = trained.evaluate(3, held_out, seed=0, verbose=0)
    assert {"mean_return", "model_error", "model_end_auc"} <= set(scores)
    observations = np.zeros((4, 4), "float32")
    actions = trained.predict(observations)
    np.testing.assert_array_equal(actions, trained(observations))
    assert trained.generate(observations, actions, seed=0).reward.shape == (4,)


def test_one_file_goes_on_and_one_folder_serves(trained, tmp_path):
    trained.save(tmp_path / "joint.keras")
    loaded = keras.saving.load_model(tmp_path / "joint.keras")
    assert loaded.name == "joint" and loaded.agent.replay.generator is loaded.model
    observations = np.random.default_rng(0).normal(size=(4, 4)).astype("float32")
    given = observations, np.array([0, 1, 0, 1])
    for model in trained, loaded:
        model.result_ = model.predict(observations), *model.generate(*given, seed=1)
    for one, other in zip(trained.result_, loaded.result_, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    logs = loaded.fit(steps_per_epoch=4, verbose=0).history
    assert np.isfinite(logs["model_error"][-1])
    trained.export(tmp_path / "saved", verbose=False)
    exported = tf.saved_model.load(str(tmp_path / "saved" / "generator"))
    actions = tf.constant(given[1], trained.agent.specs.action.dtype)
    fields = exported.generate(observations, actions, 1)
    np.testing.assert_allclose(fields["reward"], trained.result_[3], rtol=1e-5)
    assert (tmp_path / "saved" / "policy" / "saved_model.pb").exists()


def test_config_before_compile():
    agent = cart_pole_agent(DQN, compiled=False)
    model = JointControl(agent, TransitionGAN(specs=agent.specs, noise_dim=3))
    config = keras.saving.serialize_keras_object(model)
    again = keras.saving.deserialize_keras_object(config)
    assert again.model.model.latent_dim == 3 and not again.compiled
    with pytest.raises(ValueError, match=r"Call `compile\(\)` before `fit"):
        again.fit()


def test_parts_that_do_not_fit():
    agent = cart_pole_agent(DQN, compiled=False)
    model = TransitionGAN(specs=agent.specs)
    with pytest.raises(TypeError, match="`agent` to be an agent with a replay buffer"):
        JointControl(model, agent)
    with pytest.raises(TypeError, match="`model` to be an `ExperienceGenerator`"):
        JointControl(agent, agent)
    with pytest.raises(ValueError, match="to have a discriminator"):
        JointControl(agent, dynamics())
    with pytest.raises(ValueError, match=r"`ratio` in \[0, 1\]"):
        JointControl(agent, model).compile(ratio=2.0)
