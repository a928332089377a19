import keras
import numpy as np
import pytest

from keras_rlgen.agents import DQN, CategoricalDQN
from keras_rlgen.agents.loop import model_training
from keras_rlgen.models import (
    DynamicsNetwork,
    ExperienceEnsemble,
    ExperienceGenerator,
    TransitionVectors,
)
from keras_rlgen.replay import Disagreement, Realism, Support, Synthetic
from tests.agents.control import pendulum_agent
from tests.agents.values import cart_pole_agent
from tests.models.experience.toys import dynamics, network


def dynamics_of(specs):
    vectors = TransitionVectors(specs)
    model = ExperienceGenerator(
        DynamicsNetwork(network(vectors.condition_dim, vectors.sample_dim), seed=0),
        specs,
        seed=0,
    )
    model.compile(run_eagerly=True)
    return model


def synthetic(specs, model=None, **kwargs):
    options = {"refit_every": 20, "refit_steps": 2, "batch_size": 8}
    return Synthetic(model or dynamics_of(specs), **{**options, **kwargs})


def compiled(agent, replay, **kwargs):
    agent.compile(
        keras.optimizers.Adam(1e-2), replay=replay, run_eagerly=True, **kwargs
    )
    return agent


def train(agent, steps, **kwargs):
    return agent.fit(steps_per_epoch=steps, verbose=0, **kwargs).history


def test_c51_learns_from_generated_sequences():
    agent = cart_pole_agent(CategoricalDQN, compiled=False)
    compiled(agent, synthetic(agent.specs, ratio="held_out"))
    logs = train(agent, 12)
    assert np.isfinite(logs["loss"][-1]) and 0.0 < logs["model_error"][-1]
    assert 0.0 <= logs["synthetic_ratio"][-1] < 0.5
    assert agent.replay.generator.is_fitted.numpy()


def test_sac_learns_from_generated_sequences():
    agent = pendulum_agent(compiled=False)
    compiled(agent, synthetic(agent.specs, refit_every=18))
    logs = train(agent, 12)
    assert logs["synthetic_ratio"][-1] > 0.0 and "model_loss" in logs


class Counting:
    """An agent that counts the steps of its training."""

    num_environments = 3

    def __init__(self, refit_every):
        self.environment_steps, self.fits = 0, []
        self.replay, self.next_fit = self, refit_every
        self.refit_every = refit_every

    def steps_until_fit(self, environment_steps):
        return self.refit_every and self.next_fit - environment_steps

    def train(self, num_steps):
        rounded = -(-num_steps // 4) * 4
        self.environment_steps += 3 * rounded
        return rounded


@pytest.mark.parametrize("refit_every, fits", [(30, [36, 72, 108]), (None, [])])
def test_the_model_is_trained_every_so_many_steps(monkeypatch, refit_every, fits):
    def fit_model(agent):
        agent.fits.append(agent.environment_steps)
        agent.next_fit = agent.environment_steps + refit_every

    monkeypatch.setattr(model_training, "fit_model", fit_model)
    agent = Counting(refit_every)
    done = model_training.train_with_model(agent, agent.train, 36)
    assert done == 36 and agent.environment_steps == 108 and agent.fits == fits


@pytest.mark.parametrize("gate", [None, Support(0.9, 7), Disagreement(0.9)])
def test_a_saved_agent_goes_on_exactly(tmp_path, gate):
    agent = cart_pole_agent(DQN, compiled=False)
    model = None
    if isinstance(gate, Disagreement):
        model = ExperienceEnsemble(dynamics_of(agent.specs), size=2, seed=0)
        model.compile(run_eagerly=True)
    compiled(agent, synthetic(agent.specs, model, ratio="held_out", gate=gate))
    train(agent, 8)
    assert gate is None or gate.is_adapted
    agent.save(tmp_path / "agent.keras")
    loaded = DQN.load(tmp_path / "agent.keras")
    assert loaded.replay.generator.is_fitted.numpy()
    for name, variable in agent.replay.variables.items():
        np.testing.assert_array_equal(
            variable.numpy(), loaded.replay.variables[name].numpy(), name
        )
    one, other = (train(a, 8) for a in (agent, loaded))
    names = "loss", "model_error", "model_loss", "synthetic_ratio", "synthetic_rejected"
    for name in names:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-4, err_msg=name)


def test_too_few_episodes_postpone_the_training():
    agent = cart_pole_agent(DQN, max_episode_steps=500, compiled=False)
    compiled(agent, synthetic(agent.specs))
    model_training.fit_model(agent)
    assert not agent.replay.generator.is_fitted.numpy()


def test_what_does_not_fit_leaves_agent_and_replay():
    agent = cart_pole_agent(DQN)
    before = agent.get_compile_config()
    with pytest.raises(ValueError, match="of the specs of the agent's environment"):
        agent.compile(replay=Synthetic(dynamics()))
    model = dynamics_of(agent.specs)
    with pytest.raises(ValueError, match="`refit_every=None` and a generator"):
        agent.compile(replay=synthetic(agent.specs, model, refit_every=None))
    with pytest.raises(ValueError, match="a compiled model with a discriminator"):
        agent.compile(replay=synthetic(agent.specs, model, gate=Realism(0.5)))
    with pytest.raises(ValueError, match="needs several models"):
        agent.compile(replay=synthetic(agent.specs, model, gate=Disagreement()))
    model.is_fitted.assign(True)
    options = {"refit_every": None, "gate": Support()}
    with pytest.raises(ValueError, match="a gate that was not adapted"):
        agent.compile(replay=synthetic(agent.specs, model, **options))
    assert agent.get_compile_config() == before and agent.replay is None
