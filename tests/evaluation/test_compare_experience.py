import keras
import pytest

from keras_rlgen.agents import DQN, PPO
from keras_rlgen.environments import CartPole
from keras_rlgen.evaluation import compare_experience
from keras_rlgen.models import (
    DynamicsNetwork,
    ExperienceGenerator,
    TransitionVectors,
)
from tests.agents.toys import mlp
from tests.agents.values import cart_pole_agent

SMALL = {
    "target": 1e9,
    "seeds": [3],
    "steps": 12,
    "steps_between": 12,
    "episodes": 2,
    "updates": 2,
    "refit_steps": 1,
    "batch_size": 8,
    "horizon": 3,
    "imagined_steps": 8,
    "real_environments": 3,
    "verbose": 0,
}


def dynamics(specs, seed):
    sizes = TransitionVectors(specs)
    network = DynamicsNetwork(mlp(sizes.sample_dim, sizes.condition_dim))
    model = ExperienceGenerator(network, specs, seed=seed)
    model.compile(keras.optimizers.Adam(1e-3), run_eagerly=True)
    return model


def make_dqn(seed):
    return cart_pole_agent(DQN, seed=seed)


def make_ppo(seed):
    agent = PPO(
        mlp(2, 4),
        mlp(1, 4),
        environment=CartPole(7),
        num_environments=2,
        steps_per_update=2,
        epochs=1,
        minibatch_size=2,
        seed=seed,
    )
    agent.compile(run_eagerly=True)
    return agent


def test_an_agent_with_a_replay_buffer(tmp_path, capsys):
    sources = {
        "real": None,
        "same": "same_updates",
        "noise": "jitter",
        "model": dynamics(make_dqn(0).specs, 0),
    }
    table = compare_experience(
        make_dqn, sources, output=tmp_path, **{**SMALL, "verbose": 1}
    )
    assert list(table) == list(sources)
    updates = {name: runs[0]["updates"] for name, runs in table.items()}
    assert updates["same"] == updates["noise"] == updates["model"] > updates["real"]
    run = table["real"][0]
    assert run["steps"] == 12 and not run["reached"]
    assert "model, seed 3: not reached after" in capsys.readouterr().out
    # Runs are stored: nothing is trained again, and other settings are refused.
    again = compare_experience(None, sources, output=tmp_path, **SMALL)
    assert again == table
    with pytest.raises(ValueError, match=r"others of \['horizon'\]"):
        compare_experience(None, sources, output=tmp_path, **{**SMALL, "horizon": 4})


def test_an_on_policy_agent_learns_from_imagined_steps():
    table = compare_experience(
        make_ppo, [None, "same_updates", dynamics], **{**SMALL, "target": 0.0}
    )
    runs = {name: runs[0] for name, runs in table.items()}
    assert list(runs) == ["real only", "same updates", "dynamics"]
    assert runs["dynamics"]["imagined_steps"] > 0
    assert runs["real only"]["imagined_steps"] == 0
    # 8 imagined steps are 2 rounds of 2 updates; 12 frames in batches of 2 are 6.
    assert runs["dynamics"]["updates"] >= 4
    assert runs["same updates"]["updates"] >= 4
    assert all(run["reached"] and len(run["curve"]) == 1 for run in runs.values())


def test_an_agent_with_a_replay_buffer_in_imagination():
    table = compare_experience(make_dqn, [dynamics], **{**SMALL, "imagined": True})
    run = table["dynamics"][0]
    assert run["imagined_steps"] > 0 and run["updates"] > 0


@pytest.mark.parametrize(
    "make_agent, sources, changes, error, message",
    [
        (make_ppo, ["jitter"], {}, ValueError, "an agent with a replay buffer"),
        (make_ppo, [lambda s, i: 0], {}, TypeError, "to be an `ExperienceGenerator`"),
        (None, ["other"], {}, TypeError, "Expected each source"),
        (None, [], {}, ValueError, "at least one source"),
        (None, [None, None], {}, ValueError, "more than once"),
        (None, [None], {"seeds": 0}, ValueError, "at least one seed"),
        (None, [None], {"horizon": 0}, ValueError, "`horizon` >= 1"),
        (None, [None], {"ratio": 1.0}, ValueError, r"`ratio` in \(0, 1\)"),
        (None, [None], {"updates": 0.5}, ValueError, "`updates` >= 1"),
    ],
)
def test_what_is_refused(make_agent, sources, changes, error, message):
    with pytest.raises(error, match=message):
        compare_experience(make_agent, sources, **{**SMALL, **changes})


def test_a_source_that_was_not_compiled():
    specs = make_dqn(0).specs
    sizes = TransitionVectors(specs)
    network = DynamicsNetwork(mlp(sizes.sample_dim, sizes.condition_dim))
    model = ExperienceGenerator(network, specs)
    with pytest.raises(ValueError, match="to be compiled"):
        compare_experience(make_dqn, {"model": model}, **SMALL)
