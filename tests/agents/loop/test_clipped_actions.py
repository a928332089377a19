import doctest

import numpy as np
import pytest

from keras_rlgen.agents import PPO, ExperienceCollector
from keras_rlgen.agents.loop import clipped_actions as module
from keras_rlgen.environments import Pendulum
from keras_rlgen.experience import ArraySpec
from tests.agents.toys import mlp


def test_a_nest_of_actions():
    spec = {
        "x": ArraySpec((2,), "float32", [0, -1], 1),
        "n": ArraySpec((), "int32", 0, 1),
    }
    actions = {"x": np.float32([[-1.0, -3.0], [0.5, 2.0]]), "n": np.array([5, 1])}
    clipped = module.clipped_actions(actions, spec)
    np.testing.assert_array_equal(clipped["x"], [[0.0, -1.0], [0.5, 1.0]])
    np.testing.assert_array_equal(clipped["n"], [5, 1])


@pytest.mark.parametrize("how", ["record", "collect"])
def test_recorded_actions_are_within_their_bounds(how):
    actor, critic = mlp(2), mlp(1)
    actor.layers[-1].bias.assign([5.0, 0.0])  # a mean beyond the bound of 2
    agent = PPO(actor, critic, environment=Pendulum(3), num_environments=2, seed=0)
    agent.compile(run_eagerly=False)
    if how == "record":
        experience = agent.record(episodes=2, exploring=True, seed=0)
    else:
        experience = ExperienceCollector(agent).collect(4)
    experience.check(agent.specs.observation, agent.specs.action)
    assert experience.actions.max() == 2.0


def test_examples():
    assert doctest.testmod(module).failed == 0
