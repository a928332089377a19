import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from keras_rlgen.agents import check_environment
from keras_rlgen.environments import Pendulum
from tests.agents.rooms import Rooms


class Line(gymnasium.Env):
    """Says what it is asked for, right or wrong."""

    observation_space = spaces.Box(-1e6, 1e6, (2,))
    action_space = spaces.Box(-1.0, 1.0, (1,))

    def __init__(self, scale=1.0, reward=1.0, length=4, seeded=True, size=2):
        self.scale, self.reward, self.length = scale, reward, length
        self.seeded, self.size = seeded, size

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self._observation(), {}

    def step(self, action):
        self.steps += 1
        ended = self.length is not None and self.steps >= self.length
        return self._observation(), self.reward, ended, False, {}

    def _observation(self):
        random = self.np_random if self.seeded else np.random.default_rng()
        return self.scale * random.uniform(-1, 1, self.size).astype("float32")


def check(make, **kwargs):
    return check_environment(make, **{"steps": 12, "verbose": False, **kwargs})


def test_every_space():
    found = check(Rooms)
    assert found.agents[:2] == ("DQN", "CategoricalDQN") and "SAC" not in found.agents
    assert found.episode_length == 6.0 and 0.0 <= found.mean_return <= 6.0
    assert found.specs.observation["room"].shape == (3,)
    assert found.advice == ()


def test_tensor_environments():
    found = check(Pendulum(4), steps=10)
    assert "SAC" in found.agents and found.episode_length == 4.0


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"scale": 1e4}, "normalize_observations"),
        ({"scale": 0.0}, "was the same in every step"),
        ({"reward": 1e4}, "Rewards are as large"),
        ({}, "random actions show nothing"),
        ({"length": None}, "TimeLimit"),
    ],
)
def test_advice(options, advice):
    found = check(lambda: Line(**options))
    assert any(advice in line for line in found.advice)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"seeded": False}, "seed"), ({"size": 3}, "observation")],
)
def test_faults(options, message):
    with pytest.raises((ValueError, RuntimeError), match=message):
        check(lambda: Line(**options))


def test_what_is_printed(capsys):
    check_environment(Rooms, steps=12)
    printed = capsys.readouterr().out
    assert "agents:       DQN" in printed and "random steps: 12" in printed
    assert "observations: image uint8 (8, 8, 1), lock float32" in printed
    assert "actions:      int32 () from 0 to 1" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_the_number_of_steps():
    with pytest.raises(ValueError, match="steps"):
        check(Rooms, steps=0)
