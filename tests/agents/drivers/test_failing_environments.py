"""An environment that fails in the middle of an episode takes nothing with it."""

import os
import signal

import gymnasium
import keras
import numpy as np
import pytest

from keras_rlgen.agents import DQN
from keras_rlgen.environments import make_vector_environment


class Failing(gymnasium.Env):
    """Does what it is told at the 30th step of the first episode there is a `flag` in.

    The flag is a file, so that processes see it, and is taken away when it is met.
    """

    observation_space = gymnasium.spaces.Box(-1.0, 1.0, (2,))
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, flag):
        self.flag = flag
        self.steps = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        self.steps += 1
        observation = self.observation_space.sample()
        if self.steps == 30 and self.flag.exists():
            fault = self.flag.read_text()
            self.flag.unlink()
            if fault == "raises":
                raise OSError("the joystick is gone")
            if fault == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            if fault == "NaN":
                observation = observation * np.nan
        return observation, float(action), self.steps % 7 == 0, False, {}


@pytest.mark.parametrize(
    ("fault", "vectorization", "message"),
    [
        ("raises", "sync", "OSError: the joystick is gone"),
        ("NaN", "sync", "NaN"),
        ("dies", "async", "has died"),
    ],
)
def test_what_was_learned_stays(tmp_path, fault, vectorization, message):
    keras.utils.set_random_seed(0)
    flag = tmp_path / "flag"
    environments = make_vector_environment(lambda: Failing(flag), 2, vectorization)
    q_network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    agent = DQN(
        q_network,
        environments,
        num_environments=2,
        warm_up_steps=8,
        batch_size=8,
        collect_steps=8,
    )
    agent.compile("adam", jit_compile=False, steps_per_execution=8)
    agent.fit(epochs=1, steps_per_epoch=16, verbose=0)
    before = q_network.get_weights()[0]

    flag.write_text(fault)
    with pytest.raises(RuntimeError, match=message):
        agent.fit(epochs=1, steps_per_epoch=40, verbose=0)
    assert not flag.exists()
    learned = q_network.get_weights()[0]
    assert np.all(np.isfinite(learned)) and not np.array_equal(learned, before)
    assert agent.evaluate(episodes=2, verbose=0)["episode_length"] <= 7

    steps = int(agent.environment_steps)
    agent.fit(epochs=1, steps_per_epoch=16, verbose=0)
    assert int(agent.environment_steps) > steps
    assert not np.array_equal(q_network.get_weights()[0], learned)
    environments.close()
